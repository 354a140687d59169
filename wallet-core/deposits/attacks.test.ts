import { createHash } from 'node:crypto';
import { getAddress, Interface, toBeHex, zeroPadValue } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hex } from '../../platform/chain/index.ts';
import { compileContracts } from '../../test/contracts/index.ts';
import type { DepositAsset } from './assets.ts';
import { CONFIRMATIONS, listToken, NATIVE, openWorld, type Room, type World } from './testing.ts';

let world: World;
let room: Room;
let usdx: DepositAsset;
let token: Hex;

beforeAll(async () => {
  world = await openWorld();
  token = await world.sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000_000n);
  usdx = await listToken(world.chain, token);
  room = await world.room([NATIVE, usdx]);
});
afterAll(() => world.close());

async function settle(of: Room = room): Promise<void> {
  await world.mine(CONFIRMATIONS);
  await of.deposits.watcher.tick();
}

async function rejectedEvents(of: Room, accountId: string): Promise<unknown[]> {
  return (await of.events(accountId))
    .filter((each) => each.type === 'wallet.deposit.rejected')
    .map((each) => each.data['attack']);
}

describe('honest deposits are credited, once and with evidence', () => {
  it('native coin and a listed token, after the confirmations and not before', async () => {
    const alice = await room.account();
    await world.sender.pay(alice.address, 5_000n);
    const { hash } = await world.sender.call('PlainToken', token, 'transfer', [alice.address, 700n]);
    await room.deposits.watcher.tick();
    expect(await room.available(alice.id)).toBe(0n);
    expect(await room.claim(alice.id, hash)).toMatchObject({ state: 'pending', reason: 'awaiting_confirmations', attack: 'E10' });
    await settle();
    expect(await room.available(alice.id)).toBe(5_000n);
    expect(await room.available(alice.id, usdx.id)).toBe(700n);
    const types = (await room.events(alice.id)).map((each) => each.type);
    expect(types).toEqual([
      'wallet.deposit.observed',
      'wallet.deposit.observed',
      'wallet.deposit.claimed',
      'wallet.deposit.confirmed',
      'wallet.deposit.confirmed',
    ]);
    expect(await room.booksBalance()).toBe(true);
  });

  it('several transfers of one transaction, each by its own log (E22)', async () => {
    const [alice, bob] = [await room.account(), await room.account()];
    const batch = await world.sender.deploy('BatchSender');
    await world.sender.call('PlainToken', token, 'transfer', [batch, 100n]);
    await world.sender.call('BatchSender', batch, 'send', [token, [alice.address, bob.address, alice.address], [10n, 20n, 30n]]);
    await settle();
    expect(await room.available(alice.id, usdx.id)).toBe(40n);
    expect(await room.available(bob.id, usdx.id)).toBe(20n);
  });
});

describe('the doors', () => {
  it('show the owner an EIP-55 address a chain, and the deposits; a claim id with another hash is a conflict', async () => {
    const alice = await room.account();
    const headers = { 'x-test-owner': alice.id };
    const addresses = (await room.server.inject({ url: '/v1/me/deposit-addresses', headers })).json<unknown[]>();
    expect(addresses).toEqual([{ chain_id: 31_337, chain_name: 'test chain', address: getAddress(alice.address) }]);
    const { hash } = await world.sender.pay(alice.address, 5n);
    await settle();
    const list = (await room.server.inject({ url: '/v1/me/deposits', headers })).json<{ deposits: unknown[] }>();
    expect(list.deposits).toMatchObject([
      { tx_hash: hash, position: 'value', amount: '5', credited: '5', symbol: 'ETH', state: 'credited' },
    ]);
    await room.claim(alice.id, hash, 'mine');
    const payload = { claim_id: 'mine', chain_id: 31_337, tx_hash: `0x${'12'.repeat(32)}` };
    const conflict = await room.server.inject({ method: 'POST', url: '/v1/me/deposit-claims', headers, payload });
    expect([conflict.statusCode, conflict.json<{ code: string }>().code]).toEqual([409, 'exists_with_different_body']);
  });

  it('show staff the evidence, whose hash stands in the audit log', async () => {
    const alice = await room.account();
    await world.sender.pay(alice.address, 5n);
    await settle();
    const headers = { 'x-test-staff': '1' };
    const url = `/v1/staff/deposits?account_id=${alice.id}&state=credited&limit=5`;
    const { deposits } = (await room.server.inject({ url, headers })).json<{
      deposits: { deposit_id: string; account_id: string }[];
    }>();
    expect(deposits).toMatchObject([{ account_id: alice.id }]);
    const id = deposits[0]?.deposit_id ?? '';
    const answer = await room.server.inject({ url: `/v1/staff/deposits/${id}/evidence`, headers });
    const [evidence] = answer.json<{ evidence: { hash: string; body: string }[] }>().evidence;
    expect(
      createHash('sha256')
        .update(evidence?.body ?? '')
        .digest('hex'),
    ).toBe(evidence?.hash);
    expect(JSON.parse(evidence?.body ?? '{}')).toMatchObject({
      account_id: alice.id,
      balance_delta: '5',
      raw_amount: '5',
      verdict: 'credit',
      genesis_hash: world.chain.genesisHash,
    });
    const [audit] = await room.database.sql.query<{ details: { evidence_hash: string } }>(
      `select details from audit.entry where kind = 'deposit_credited' and subject = $1`,
      [id],
    );
    expect(audit?.details.evidence_hash).toBe(evidence?.hash);
    const nobody = await room.server.inject({ url: `/v1/staff/deposits/${crypto.randomUUID()}/evidence`, headers });
    expect(nobody.statusCode).toBe(404);
  });

  it('take no claim of a frozen account, and no flood of them', async () => {
    const [alice, mallory] = [await room.account(), await room.account()];
    await room.database.sql.transaction((tx) =>
      room.restrictions.impose(tx, {
        accountId: alice.id,
        kind: 'freeze',
        cause: { kind: 'staff', id: 'x' },
        author: 'staff:x',
        reason: 'test',
      }),
    );
    await expect(room.claim(alice.id, `0x${'12'.repeat(32)}`)).rejects.toThrow('account_frozen');
    const hashes = Array.from({ length: 25 }, (_each, index) => zeroPadValue(toBeHex(index + 1), 32));
    const answers = await Promise.allSettled(hashes.map((hash) => room.claim(mallory.id, hash)));
    expect(answers.filter((each) => each.status === 'fulfilled')).toHaveLength(20);
  });
});

describe('fake deposits', () => {
  it('E01: a token that answers false and reverts nothing', async () => {
    const silent = await world.sender.deploy('SilentFalseToken', 'Silent', 'SILENT', 6, 0n);
    const listed = await listToken(world.chain, silent, { symbol: 'SILENT' });
    const own = await world.room([NATIVE, listed]);
    const alice = await own.account();
    const sent = await world.sender.call('SilentFalseToken', silent, 'transfer', [alice.address, 900n]);
    expect(sent.status).toBe(1);
    await settle(own);
    expect(await own.claim(alice.id, sent.hash)).toMatchObject({
      state: 'rejected',
      reason: 'token_moved_nothing',
      attack: 'E01',
    });
    expect(await own.available(alice.id, listed.id)).toBe(0n);
    expect(await rejectedEvents(own, alice.id)).toEqual(['E01']);
  });

  it('E01: a listed token whose log lies is caught by the balance', async () => {
    const lying = await world.sender.deploy('LyingToken', 'Lying', 'LIE', 6, 0n);
    const listed = await listToken(world.chain, lying, { symbol: 'LIE' });
    const own = await world.room([NATIVE, listed]);
    const alice = await own.account();
    const sent = await world.sender.call('LyingToken', lying, 'transfer', [alice.address, 900n]);
    await settle(own);
    expect(await own.available(alice.id, listed.id)).toBe(0n);
    expect(await rejectedEvents(own, alice.id)).toEqual(['E01']);
    expect(await own.claim(alice.id, sent.hash)).toMatchObject({ state: 'rejected', reason: 'nothing_arrived', attack: 'E01' });
  });

  it('E02: a failed transaction presented as paid', async () => {
    const alice = await room.account();
    const poor = await world.sender.deploy('PlainToken', 'Other', 'OTHER', 6, 0n);
    const sent = await world.sender.call('PlainToken', poor, 'transfer', [alice.address, 900n]);
    expect(sent.status).toBe(0);
    await settle();
    expect(await room.claim(alice.id, sent.hash)).toMatchObject({
      state: 'rejected',
      reason: 'transaction_failed',
      attack: 'E02',
    });
    expect(await rejectedEvents(room, alice.id)).toEqual(['E02']);
  });

  it('E03: a look-alike token with the same name, symbol and decimals', async () => {
    const alice = await room.account();
    const fake = await world.sender.deploy('PlainToken', 'Dollar', 'USDX', 6, 1_000_000n);
    const sent = await world.sender.call('PlainToken', fake, 'transfer', [alice.address, 900n]);
    await settle();
    expect(await room.claim(alice.id, sent.hash)).toMatchObject({ state: 'rejected', reason: 'unknown_token', attack: 'E03' });
    expect(await room.available(alice.id, usdx.id)).toBe(0n);
  });

  it('E04: a Transfer event spoofed by another contract', async () => {
    const alice = await room.account();
    const spoofer = await world.sender.deploy('EventSpoofer');
    const sent = await world.sender.call('EventSpoofer', spoofer, 'spoof', [world.sender.address, alice.address, 900n]);
    await settle();
    expect(await room.claim(alice.id, sent.hash)).toMatchObject({
      state: 'rejected',
      reason: 'event_of_unknown_contract',
      attack: 'E04',
    });
    expect(await room.available(alice.id, usdx.id)).toBe(0n);
  });

  it('E05: calldata that reads like a transfer and has no effect, at the top and nested in something that fails', async () => {
    const alice = await room.account();
    const decoy = await world.sender.deploy('CalldataDecoy');
    const top = await world.sender.call('CalldataDecoy', decoy, 'transfer', [alice.address, 900n]);
    const nested = await world.sender.call('CalldataDecoy', decoy, 'nestedTransfer', [token, alice.address, 900n]);
    const { input } = (await world.sender.rpc('eth_getTransactionByHash', [top.hash])) as { input: string };
    const abi = (await compileContracts())['PlainToken']?.abi as string[];
    expect(new Interface(abi).decodeFunctionData('transfer', input).toArray()[1]).toBe(900n);
    await settle();
    for (const { hash, status } of [top, nested]) {
      expect(status).toBe(1);
      expect(await room.claim(alice.id, hash)).toMatchObject({
        state: 'rejected',
        reason: 'no_effect_on_your_address',
        attack: 'E05',
      });
    }
    expect(await room.available(alice.id, usdx.id)).toBe(0n);
  });

  it('E06 and E08: native coin taken back inside is refused, native coin sent inside is held', async () => {
    const alice = await room.account();
    const forwarder = await world.sender.deploy('Forwarder');
    const other = await world.sender.deploy('Forwarder');
    const back = await world.sender.call('Forwarder', forwarder, 'swallow', [other, alice.address], { value: 900n });
    const real = await world.sender.call('Forwarder', forwarder, 'forward', [alice.address], { value: 900n });
    await settle();
    expect(await room.claim(alice.id, back.hash)).toMatchObject({ state: 'rejected', attack: 'E06' });
    expect(await room.claim(alice.id, real.hash)).toMatchObject({
      state: 'held',
      reason: 'internal_transfer_not_traced',
      attack: 'E08',
    });
    expect(await room.available(alice.id)).toBe(0n);
  });

  it('E10: a transaction that only waits in the pool, then is dropped', async () => {
    const alice = await room.account();
    await world.sender.rpc('evm_setAutomine', [false]);
    const hash = (await world.sender.rpc('eth_sendTransaction', [
      { from: world.sender.address, to: alice.address, value: '0x384' },
    ])) as string;
    await room.deposits.watcher.tick();
    expect(await room.claim(alice.id, hash, 'pool')).toMatchObject({ state: 'pending', reason: 'not_mined', attack: 'E10' });
    await world.sender.rpc('anvil_dropTransaction', [hash]);
    await world.sender.rpc('evm_setAutomine', [true]);
    await settle();
    expect(await room.claim(alice.id, hash, 'pool')).toMatchObject({ state: 'pending', reason: 'not_seen' });
    room.clock.advance(25 * 3_600_000);
    await settle();
    expect(await room.claim(alice.id, hash, 'pool')).toMatchObject({ state: 'rejected', reason: 'never_mined', attack: 'E10' });
    expect(await room.available(alice.id)).toBe(0n);
  });

  it('E14: the same payment claimed again, by its owner and by a stranger', async () => {
    const [alice, mallory] = [await room.account(), await room.account()];
    const { hash } = await world.sender.pay(alice.address, 900n);
    await settle();
    expect(await room.claim(alice.id, hash, 'first')).toMatchObject({ state: 'credited', attack: null });
    expect(await room.claim(alice.id, hash, 'first')).toMatchObject({ state: 'credited', attack: null });
    room.clock.advance(1);
    expect(await room.claim(alice.id, hash, 'second')).toMatchObject({
      state: 'rejected',
      reason: 'claimed_before',
      attack: 'E14',
    });
    expect(await room.claim(mallory.id, hash)).toMatchObject({
      state: 'rejected',
      reason: 'not_paid_to_your_address',
      attack: null,
    });
    expect(await room.available(alice.id)).toBe(900n);
    expect(await room.available(mallory.id)).toBe(0n);
  });

  it('E18: a token that keeps a fee is held, and credited with what arrived where it is known for it', async () => {
    const fee = await world.sender.deploy('FeeToken', 'Fee', 'FEE', 6, 1_000_000n);
    const listed = await listToken(world.chain, fee, { symbol: 'FEE' });
    const strict = await world.room([NATIVE, listed]);
    const flagged = await world.room([NATIVE, { ...listed, feeOnTransfer: true }]);
    const [alice, bob] = [await strict.account(), await flagged.account()];
    // Both databases hand out index 0: the same address, seen by two wallets with different listings.
    expect(bob.address).toBe(alice.address);
    await world.sender.call('FeeToken', fee, 'transfer', [alice.address, 100n]);
    await settle(strict);
    await settle(flagged);
    expect(await strict.available(alice.id, listed.id)).toBe(0n);
    expect(await flagged.available(bob.id, listed.id)).toBe(97n);
    // Two in one block cannot be told apart by the balance.
    await world.sender.rpc('evm_setAutomine', [false]);
    const data = (amount: bigint) =>
      `0xa9059cbb${alice.address.slice(2).padStart(64, '0')}${zeroPadValue(toBeHex(amount), 32).slice(2)}`;
    for (const amount of [100n, 200n]) {
      await world.sender.rpc('eth_sendTransaction', [
        { from: world.sender.address, to: fee, data: data(amount), gas: '0x30d40' },
      ]);
    }
    await world.mine(1);
    await world.sender.rpc('evm_setAutomine', [true]);
    await settle(flagged);
    expect(await flagged.available(bob.id, listed.id)).toBe(97n);
    const headers = { 'x-test-owner': bob.id };
    const { deposits } = (await flagged.server.inject({ url: '/v1/me/deposits', headers })).json<{
      deposits: { asset: string; state: string; attack: string | null }[];
    }>();
    const seen = deposits.filter((each) => each.asset === listed.id).map((each) => `${each.state} ${each.attack}`);
    expect(seen.toSorted()).toEqual(['credited null', 'held E22', 'held E22']);
  });

  it('E21: an ERC-721 with the topic of ERC-20, listed by mistake', async () => {
    const collectible = await world.sender.deploy('PlainCollectible');
    const listed = await listToken(world.chain, collectible, { symbol: 'CLCT', decimals: 0 });
    const own = await world.room([NATIVE, listed]);
    const alice = await own.account();
    const sent = await world.sender.call('PlainCollectible', collectible, 'mint', [alice.address, 1n]);
    await settle(own);
    expect(await own.claim(alice.id, sent.hash)).toMatchObject({ state: 'rejected', reason: 'not_fungible', attack: 'E21' });
    expect(await own.available(alice.id, listed.id)).toBe(0n);
  });

  it('E17 and E27: other decimals, or other code, than were listed hold every deposit', async () => {
    const decimals = await world.room([NATIVE, { ...usdx, decimals: 18 }]);
    const code = await world.room([NATIVE, { ...usdx, codeHash: `0x${'5a'.repeat(32)}` }]);
    const [alice, bob] = [await decimals.account(), await code.account()];
    const { hash } = await world.sender.call('PlainToken', token, 'transfer', [alice.address, 900n]);
    await settle(decimals);
    await settle(code);
    expect(await decimals.claim(alice.id, hash)).toMatchObject({ state: 'held', reason: 'decimals_differ', attack: 'E17' });
    expect(await code.claim(bob.id, hash)).toMatchObject({ state: 'held', reason: 'token_code_changed', attack: 'E27' });
    expect(await decimals.available(alice.id, usdx.id)).toBe(0n);
  });

  it('E20: a transfer of nothing is not a deposit', async () => {
    const alice = await room.account();
    const sent = await world.sender.call('PlainToken', token, 'transfer', [alice.address, 0n]);
    await settle();
    expect(await room.claim(alice.id, sent.hash)).toMatchObject({ state: 'rejected', reason: 'zero_amount', attack: 'E20' });
  });

  it('F09: a claim that is not exactly an id, a chain and a hash is refused', async () => {
    const alice = await room.account();
    const hash = `0x${'12'.repeat(32)}`;
    for (const body of [
      { claim_id: 'a', chain_id: -1, tx_hash: hash },
      { claim_id: 'a', chain_id: 1.5, tx_hash: hash },
      { claim_id: 'a', chain_id: 1e300, tx_hash: hash },
      { claim_id: 'a', chain_id: 31_337, tx_hash: `${hash}00` },
    ]) {
      const headers = { 'x-test-owner': alice.id };
      const answer = await room.server.inject({ method: 'POST', url: '/v1/me/deposit-claims', headers, payload: body });
      expect(answer.statusCode).toBe(400);
    }
  });
});
