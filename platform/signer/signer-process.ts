import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OutsideError, SECOND_MS } from '../../core/index.ts';
import type { Hex } from '../chain/port.ts';
import type { AbandonAnswer, SignAnswer } from './port.ts';
import type { FromSigner, SignerCall, SignerSetup } from './protocol.ts';

const MAIN = fileURLToPath(new URL('./signer-main.ts', import.meta.url));
/** A signature and its fsync take milliseconds; ten seconds are a stuck disk. */
const CALL_MS_MAX = 10 * SECOND_MS;
/** One scrypt takes under a second; a loaded machine may need many. */
const START_MS_MAX = 60 * SECOND_MS;
/** Signing is one at a time; more waiting than this is a caller gone wrong. */
const CALLS_MAX = 100;

/** One life of the signer's process. */
export interface SignerProcess {
  readonly pid: number;
  readonly address: Hex;
  readonly depositXpub: string;
  readonly alive: () => boolean;
  call(call: SignerCall): Promise<SignAnswer | AbandonAnswer>;
  stop(): Promise<void>;
}

interface Waiting {
  resolve(answer: SignAnswer | AbandonAnswer): void;
  reject(error: OutsideError): void;
}

function down(message: string): OutsideError {
  return new OutsideError('signer_down', message, { retryable: true });
}

function forkSigner(directory: string): ChildProcess {
  // The folder is an argument only so that a list of processes says which signer is which.
  return fork(MAIN, [directory], {
    execPath: process.execPath,
    // Type stripping and node:sqlite announce themselves as experimental, once a start. Node's permission model would forbid
    // fsync, which the journal's promise stands on (tried on 24.21).
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function connect(child: ChildProcess, ready: Extract<FromSigner, { kind: 'ready' }>, gone: Promise<void>): SignerProcess {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  child.on('message', (message: FromSigner) => {
    if (message.kind !== 'answer') return;
    waiting.get(message.id)?.resolve(message.answer);
    waiting.delete(message.id);
  });
  const alive = (): boolean => child.exitCode === null && child.signalCode === null && child.connected;
  const { pid } = child;
  if (pid === undefined) throw new TypeError('a process that answers has an id');
  const rejectAll = async (): Promise<void> => {
    await gone;
    for (const one of waiting.values()) one.reject(down('the signer ended before it answered'));
    waiting.clear();
  };
  void rejectAll();
  return {
    pid,
    address: ready.address,
    depositXpub: ready.depositXpub,
    alive,
    call(call) {
      if (!alive()) return Promise.reject(down('the signer has just ended'));
      if (waiting.size >= CALLS_MAX) return Promise.reject(down(`${CALLS_MAX} calls wait for the signer already`));
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), CALL_MS_MAX);
        waiting.set(id, {
          resolve: (answer) => {
            clearTimeout(timer);
            resolve(answer);
          },
          reject: (error) => {
            clearTimeout(timer);
            reject(error);
          },
        });
        child.send({ ...call, id }, (error) => {
          if (error !== null) child.kill('SIGKILL');
        });
      });
    },
    async stop() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** Forks the signer and hands it its configuration; rejects with its own reason (`keystore_passphrase_wrong`, …) or `signer_down`. */
export function startSignerProcess(setup: SignerSetup): Promise<SignerProcess> {
  const child = forkSigner(setup.directory);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.on('error', () => resolve());
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
    child.once('message', (message: FromSigner) => {
      clearTimeout(timer);
      if (message.kind === 'ready') resolve(connect(child, message, gone));
      else if (message.kind === 'failed') {
        reject(new OutsideError(message.failure.code, message.failure.message, { retryable: message.failure.retryable }));
      }
    });
    const rejectWhenGone = async (): Promise<void> => {
      await gone;
      clearTimeout(timer);
      reject(down('the signer ended while starting'));
    };
    void rejectWhenGone();
    child.send(setup, (error) => {
      if (error !== null) child.kill('SIGKILL');
    });
  });
}
