import { describe, expect, it } from 'vitest';
import { connectSender } from '../../test/contracts/index.ts';
import { DEVELOPMENT_MNEMONIC } from './anvil-process.ts';
import { openChain } from './open-chain.ts';
import { headerHash, listRoot } from './receipts-root.ts';
import { startTestAnvil } from './testing.ts';

describe('the receipts trie', () => {
  it('has the root of the empty trie (Yellow Paper: keccak256 of RLP of nothing)', () => {
    expect(listRoot([])).toBe('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');
  });

  it('has the roots a node computes, for blocks of one to three hundred transactions', async () => {
    const node = await startTestAnvil();
    const chainId = 31_337;
    const sender = await connectSender({ url: node.anvil.url, chainId, mnemonic: DEVELOPMENT_MNEMONIC });
    const chain = await openChain({ name: 'test', chainId, rpcUrls: [node.anvil.url], quorum: 1 });
    await sender.rpc('evm_setAutomine', [false]);
    let nonce = 0;
    // Keys change their length at 128 (RLP), and the trie its shape at 16 and 256.
    for (const count of [1, 2, 15, 17, 127, 130, 260, 300]) {
      const payment = { from: sender.address, to: `0x${'11'.repeat(20)}`, value: '0x1', gas: '0x5208' };
      // The node takes a batch in any order: each transaction says its nonce.
      const batch = Array.from({ length: count }, (_each, index) => ({
        jsonrpc: '2.0',
        id: index,
        method: 'eth_sendTransaction',
        params: [{ ...payment, nonce: `0x${(nonce + index).toString(16)}` }],
      }));
      nonce += count;
      const headers = { 'content-type': 'application/json' };
      const sent = await fetch(node.anvil.url, { method: 'POST', headers, body: JSON.stringify(batch) });
      expect(await sent.json()).toHaveLength(count);
      await sender.rpc('anvil_mine', ['0x1']);
      const head = await chain.head();
      expect(await chain.receipts(head.hash)).toHaveLength(count);
    }
    const raw = (await sender.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, unknown>;
    expect(headerHash(raw)).toBe(raw['hash']);
    expect(headerHash({ ...raw, timestamp: '0x1' })).not.toBe(raw['hash']);
    sender.close();
    await node.stop();
  });
});
