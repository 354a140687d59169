import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HDNodeWallet, JsonRpcProvider } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSender, type DevelopmentSender } from '../../test/contracts/index.ts';
import { chainContract } from './contract.ts';
import { DEVELOPMENT_MNEMONIC, startAnvil } from './anvil-process.ts';
import { type Disagreement, openChain } from './index.ts';
import { startTestAnvil, type TestAnvil } from './testing.ts';
import type { Hex } from './port.ts';

const chainId = 31_337;

chainContract('ethers over anvil, 1 of 1', async () => {
  const node = await startTestAnvil();
  const url = node.anvil.url;
  const sender = await connectSender({ url, chainId, mnemonic: DEVELOPMENT_MNEMONIC });
  const provider = new JsonRpcProvider(url);
  return {
    chain: await openChain({ name: 'test', chainId, rpcUrls: [url], quorum: 1 }),
    pay: async (to, wei) => (await sender.pay(to, wei)).hash,
    async tokenTransfer(to, amount) {
      const token = await sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
      return { token, hash: (await sender.call('PlainToken', token, 'transfer', [to, amount])).hash };
    },
    async signPayment(to, wei) {
      const wallet = HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC, '', "m/44'/60'/0'/0/5").connect(provider);
      return (await wallet.signTransaction(await wallet.populateTransaction({ to, value: wei }))) as Hex;
    },
    async close() {
      sender.close();
      provider.destroy();
      await node.stop();
    },
  };
});

function invent(method: string, result: unknown): unknown {
  return method === 'eth_getTransactionReceipt' && result !== null ? { ...result, status: '0x0' } : result;
}

describe('k of n', () => {
  let honest: TestAnvil;
  let sender: DevelopmentSender;
  /** Passes everything on to the honest node, and replaces what `lie` changes. */
  async function proxy(lie: (method: string, result: unknown) => unknown) {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { method } = JSON.parse(body) as { method: string };
        void fetch(honest.anvil.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
          .then(async (answer) => (await answer.json()) as { result?: unknown })
          .then((answer) => response.end(JSON.stringify({ ...answer, result: lie(method, answer.result) })));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
  }

  beforeAll(async () => {
    honest = await startTestAnvil();
    sender = await connectSender({ url: honest.anvil.url, chainId, mnemonic: DEVELOPMENT_MNEMONIC });
  });
  afterAll(async () => {
    sender.close();
    await honest.stop();
  });

  it('believes two of three when one node invents a receipt', async () => {
    const liar = await proxy(invent);
    const second = await proxy((_method, result) => result);
    const chain = await openChain({ name: 'test', chainId, rpcUrls: [liar.url, honest.anvil.url, second.url], quorum: 2 });
    const { hash } = await sender.pay(`0x${'11'.repeat(20)}`, 1n);
    expect((await chain.receipt(hash))?.status).toBe('success');
    liar.close();
    second.close();
  });

  it('believes nobody when two of two disagree, and reports who said what', async () => {
    const liar = await proxy(invent);
    const seen: Disagreement[] = [];
    const chain = await openChain({
      name: 'test',
      chainId,
      rpcUrls: [liar.url, honest.anvil.url],
      quorum: 2,
      onDisagreement: (each) => seen.push(each),
    });
    const { hash } = await sender.pay(`0x${'11'.repeat(20)}`, 1n);
    await expect(chain.receipt(hash)).rejects.toMatchObject({ code: 'rpc_disagreement', retryable: true });
    expect(Object.keys(seen[0]?.answers ?? {})).toHaveLength(2);
    liar.close();
  });

  it('reads no token whose code works without end at our expense', async () => {
    const chain = await openChain({ name: 'test', chainId, rpcUrls: [honest.anvil.url], quorum: 1 });
    const token = `0x${'77'.repeat(20)}` as const;
    // A hundred times SSTORE to a fresh slot (22,100 gas each), then a balance of zero.
    const work = Array.from({ length: 100 }, (_, slot) => `600160${slot.toString(16).padStart(2, '0')}55`).join('');
    await sender.rpc('anvil_setCode', [token, `0x${work}60206100fff3`]);
    const { number } = await chain.head();
    expect(await chain.tokenBalance(token, `0x${'11'.repeat(20)}`, number)).toBeNull();
    await sender.rpc('anvil_setCode', [token, '0x60206100fff3']);
    expect(await chain.tokenBalance(token, `0x${'11'.repeat(20)}`, number)).toBe(0n);
    await chain.close();
  });

  it('recomputes the receipts root: one node alone cannot invent, change or hide a log', async () => {
    const token = await sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
    const { hash } = await sender.call('PlainToken', token, 'transfer', [`0x${'11'.repeat(20)}`, 7n]);
    type Raw = { logs: { data: string }[] };
    const lies: ((receipt: Raw) => Raw)[] = [
      (receipt) => ({ ...receipt, logs: [] }),
      (receipt) => ({ ...receipt, logs: [...receipt.logs, ...receipt.logs] }),
      (receipt) => ({ ...receipt, logs: receipt.logs.map((log) => ({ ...log, data: `0x${'f'.repeat(64)}` })) }),
      (receipt) => ({ ...receipt, status: '0x0' }),
    ];
    const truth = await openChain({ name: 'test', chainId, rpcUrls: [honest.anvil.url], quorum: 1 });
    const block = (await truth.receipt(hash))?.blockHash ?? '0x';
    expect(await truth.receipts(block)).toHaveLength(1);
    for (const lie of lies) {
      const liar = await proxy((method, result) => (method === 'eth_getBlockReceipts' ? (result as Raw[]).map(lie) : result));
      const chain = await openChain({ name: 'test', chainId, rpcUrls: [liar.url], quorum: 1 });
      await expect(chain.receipts(block)).rejects.toMatchObject({ code: 'receipts_unproven' });
      liar.close();
    }
  });

  it('goes on with two of three when one is down, and stops with one of two', async () => {
    const second = await proxy((_method, result) => result);
    const dead = 'http://127.0.0.1:9';
    const chain = await openChain({ name: 'test', chainId, rpcUrls: [dead, honest.anvil.url, second.url], quorum: 2 });
    expect((await chain.head()).number).toBeGreaterThanOrEqual(0);
    await expect(openChain({ name: 'test', chainId, rpcUrls: [dead, honest.anvil.url], quorum: 2 })).rejects.toMatchObject({
      code: 'rpc_unreachable',
      retryable: true,
    });
    second.close();
  });

  it('refuses another chain id and another genesis', async () => {
    const rpcUrls = [honest.anvil.url];
    await expect(openChain({ name: 'test', chainId: 1, rpcUrls, quorum: 1 })).rejects.toMatchObject({ code: 'wrong_chain' });
    const genesisHash: Hex = `0x${'77'.repeat(32)}`;
    await expect(openChain({ name: 'test', chainId, genesisHash, rpcUrls, quorum: 1 })).rejects.toMatchObject({
      code: 'wrong_chain',
      retryable: false,
    });
  });
});

describe('anvil', () => {
  it('keeps blocks, receipts and old balances over a restart, and mends a half-written state', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'bulwark-anvil-'));
    const to: Hex = `0x${'22'.repeat(20)}`;
    const first = await startAnvil({ dataDirectory, chainId });
    const sender = await connectSender({ url: first.url, chainId, mnemonic: DEVELOPMENT_MNEMONIC });
    const { hash } = await sender.pay(to, 9n);
    await sender.pay(to, 9n);
    sender.close();
    await first.stop();

    const second = await startAnvil({ dataDirectory, chainId });
    const chain = await openChain({ name: 'test', chainId, rpcUrls: [second.url], quorum: 1 });
    const receipt = await chain.receipt(hash);
    expect(receipt?.blockNumber).toBe(1);
    expect(await chain.receipts(receipt?.blockHash ?? '0x')).toEqual([receipt]);
    expect([await chain.balance(to, 0), await chain.balance(to, 1), await chain.balance(to, 2)]).toEqual([0n, 9n, 18n]);
    await second.stop();

    const state = join(dataDirectory, 'state.json');
    await writeFile(state, (await readFile(state, 'utf8')).slice(0, 1_000));
    const third = await startAnvil({ dataDirectory, chainId });
    const mended = await openChain({ name: 'test', chainId, genesisHash: chain.genesisHash, rpcUrls: [third.url], quorum: 1 });
    expect(await mended.balance(to, 2)).toBe(18n);
    await third.stop();
    await rm(dataDirectory, { recursive: true });
  });

  it('stands on the same genesis however often it was started', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'bulwark-anvil-'));
    const first = await startAnvil({ dataDirectory, chainId });
    const { genesisHash } = await openChain({ name: 'test', chainId, rpcUrls: [first.url], quorum: 1 });
    await first.stop();
    // What each later start leaves in the state: a block 0 of its own second.
    const file = join(dataDirectory, 'state.json');
    const state = JSON.parse(await readFile(file, 'utf8')) as { blocks: { header: { timestamp: string } }[] };
    const [genesis] = state.blocks;
    if (genesis === undefined) throw new Error('the state holds no block');
    const others = Array.from({ length: 20 }, (_, index) => {
      const timestamp = `0x${(BigInt(genesis.header.timestamp) + BigInt(index + 1)).toString(16)}`;
      return { ...genesis, header: { ...genesis.header, timestamp } };
    });
    await writeFile(file, JSON.stringify({ ...state, blocks: [...others, genesis, ...others] }));
    const second = await startAnvil({ dataDirectory, chainId });
    expect(await openChain({ name: 'test', chainId, genesisHash, rpcUrls: [second.url], quorum: 1 })).toMatchObject({
      genesisHash,
    });
    await second.stop();
    await rm(dataDirectory, { recursive: true });
  });

  it('mines by the clock while something is to be confirmed, and then rests', async () => {
    const node = await startTestAnvil({ blockTimeSeconds: 0.02 });
    const chain = await openChain({ name: 'test', chainId, rpcUrls: [node.anvil.url], quorum: 1 });
    const number = async () => (await chain.head()).number;
    await expect.poll(number, { timeout: 30_000 }).toBe(16);
    const sender = await connectSender({ url: node.anvil.url, chainId, mnemonic: DEVELOPMENT_MNEMONIC });
    const { hash } = await sender.pay(`0x${'22'.repeat(20)}`, 9n);
    const mined = (await chain.receipt(hash))?.blockNumber ?? 0;
    expect(mined).toBe(17);
    await expect.poll(number, { timeout: 30_000 }).toBe(mined + 16);
    sender.close();
    await node.stop();
  });

  it('ends the orphan of a killed parent, and no other process', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'bulwark-anvil-'));
    const orphan = await startAnvil({ dataDirectory, chainId });
    const successor = await startAnvil({ dataDirectory, chainId });
    expect(() => process.kill(orphan.pid, 0)).toThrow('ESRCH');
    await successor.stop();

    await writeFile(join(dataDirectory, 'anvil.pid'), String(process.pid));
    const third = await startAnvil({ dataDirectory, chainId });
    expect(process.kill(process.pid, 0)).toBe(true);
    await third.stop();
    await rm(dataDirectory, { recursive: true });
  });
});
