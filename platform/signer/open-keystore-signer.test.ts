import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAddress, HDNodeWallet } from 'ethers';
import { afterEach, describe, expect, test } from 'vitest';
import { Redacted } from '../../core/index.ts';
import { CONTRACT_ASSETS, CONTRACT_ETHER, signerContract } from './contract.ts';
import { openKeystoreSigner } from './index.ts';
import type { Signer, SignRequest, WithdrawalPayload } from './port.ts';
import { testStatementKey, verdictFor } from './testing.ts';

const passphrase = new Redacted('correct horse battery staple');
const verdictKey = testStatementKey();
const stepUpKey = testStatementKey();

async function temporary(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'bulwark-signer-'));
}

function openIn(directory: string, secret = passphrase): Promise<Signer> {
  return openKeystoreSigner({
    directory,
    passphrase: secret,
    trustedVerdictKeys: [verdictKey.publicKeyPem],
    trustedStepUpKeys: [stepUpKey.publicKeyPem],
    assets: CONTRACT_ASSETS,
    why: 'a test',
  });
}

signerContract('encrypted keystore', async () => {
  const directory = await temporary();
  const signer = await openIn(directory);
  return {
    signer,
    verdictKey: verdictKey.signer,
    stepUpKey: stepUpKey.signer,
    async close() {
      await signer.close();
      await rm(directory, { recursive: true });
    },
  };
});

const payload: WithdrawalPayload = {
  withdrawal_id: 'w-1',
  account_id: 'account-1',
  asset: CONTRACT_ETHER,
  amount: '9',
  payee: getAddress('0x70997970c51812dc3a010c7d01b50e0d17dc79c8'),
  chain_id: 31337,
  fee_cap: '1000000000000000',
};

function requestFor(of: WithdrawalPayload, nonce: number): SignRequest {
  return {
    payload: of,
    verdict: verdictFor(of, verdictKey.signer, Date.now()),
    stepUp: null,
    nonce,
    gasLimit: 21_000n,
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
  };
}

/** The children of this process that run the signer in `directory`, by /proc. */
async function signerPids(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('signer-main.ts') && line.includes(directory)) found.push(Number(name));
  }
  return found;
}

describe('the keystore on disk', () => {
  const open: Signer[] = [];
  const directories: string[] = [];
  afterEach(async () => {
    for (const signer of open.splice(0)) await signer.close();
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });
  async function place(): Promise<string> {
    const directory = await temporary();
    directories.push(directory);
    return directory;
  }

  test('after a restart it is the same wallet, with the same memory', async () => {
    const directory = await place();
    const before = await openIn(directory);
    const request = requestFor(payload, 0);
    const first = await before.sign(request);
    expect(first.ok).toBe(true);
    await before.close();
    const after = await openIn(directory);
    open.push(after);
    expect([after.address, after.depositXpub]).toEqual([before.address, before.depositXpub]);
    expect(await after.sign(request)).toEqual(first);
    expect(await after.sign({ ...request, nonce: 1 })).toMatchObject({ refusal: { code: 'already_signed_otherwise' } });
    // 9 + 9 of 25 an hour: the third would pass the ceiling, and the restart has not forgotten the first.
    expect(await after.sign(requestFor({ ...payload, withdrawal_id: 'w-2' }, 1))).toMatchObject({ ok: true });
    expect(await after.sign(requestFor({ ...payload, withdrawal_id: 'w-3' }, 2))).toMatchObject({
      refusal: { code: 'over_ceiling' },
    });
  });

  test('no key is in the parent, nor in clear on the disk', async () => {
    const directory = await place();
    const signer = await openIn(directory);
    open.push(signer);
    expect((await stat(join(directory, 'keystore.json'))).mode & 0o777).toBe(0o600);
    expect(Object.keys(signer).toSorted()).toEqual(['abandon', 'address', 'close', 'depositXpub', 'description', 'sign']);
    expect(HDNodeWallet.fromExtendedKey(signer.depositXpub)).not.toHaveProperty('privateKey');
    expect(await readFile(join(directory, 'keystore.json'), 'utf8')).not.toContain(signer.address.slice(2));
  });

  test('a killed signer is started again by the next call, and remembers', async () => {
    const directory = await place();
    const signer = await openIn(directory);
    open.push(signer);
    const request = requestFor(payload, 0);
    const first = await signer.sign(request);
    const [pid] = await signerPids(directory);
    if (pid === undefined) throw new Error('the signer has no process');
    process.kill(pid, 'SIGKILL');
    const answers = await Promise.allSettled([signer.sign(request), signer.sign(request)]);
    for (const answer of answers) {
      if (answer.status === 'fulfilled') expect(answer.value).toEqual(first);
      else expect(answer.reason).toMatchObject({ code: 'signer_down', retryable: true });
    }
    expect(await signer.sign(request)).toEqual(first);
    expect((await signerPids(directory)).filter((each) => each !== pid)).toHaveLength(1);
  });

  test('says plainly what is wrong: passphrase, damage, permissions, a second signer', async () => {
    const directory = await place();
    const signer = await openIn(directory);
    await expect(openIn(directory)).rejects.toMatchObject({ code: 'signer_directory_in_use' });
    await signer.close();
    await expect(openIn(directory, new Redacted('wrong horse battery staple'))).rejects.toMatchObject({
      code: 'keystore_passphrase_wrong',
    });
    await expect(openIn(directory, new Redacted('short'))).rejects.toMatchObject({ code: 'keystore_passphrase_short' });
  });
});
