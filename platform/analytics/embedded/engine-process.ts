import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OutsideError } from '../../../core/index.ts';
import { ANALYTICS_LIMITS } from '../limits.ts';
import type { EngineMessage, EngineRequest } from './protocol.ts';

type Without<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;
export type EngineCall = Without<EngineRequest, 'id'>;

/** One life of the engine's process. */
export interface EngineProcess {
  readonly pid: number;
  readonly version: string;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  call(request: EngineCall): Promise<string>;
  kill(): void;
}

interface Waiting {
  resolve(text: string): void;
  reject(error: OutsideError): void;
  readonly timer: NodeJS.Timeout;
}

const MAIN = fileURLToPath(new URL('./engine-main.ts', import.meta.url));
/** The last words of a process that dies before it is ready: enough for one stack trace. */
const LAST_WORDS_CHARS_MAX = 4_000;

/** Forks the engine and resolves when it can answer; rejects with its own reason, or `engine_crashed`. */
export function startEngineProcess(dataDirectory: string): Promise<EngineProcess> {
  const child = fork(MAIN, [dataDirectory], {
    execPath: process.execPath,
    // node:sqlite and type stripping announce themselves as experimental, once a start.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const waiting = new Map<number, Waiting>();
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = `${lastWords}${chunk.toString()}`.slice(-LAST_WORDS_CHARS_MAX);
  });

  return new Promise((resolve, reject) => {
    child.on('message', (message: EngineMessage) => {
      if (message.kind === 'ready') {
        const { pid } = child;
        if (pid === undefined) throw new TypeError('a process that answers has an id');
        resolve({ pid, version: message.version, gone, call: caller(child, waiting), kill: () => child.kill('SIGKILL') });
      } else if (message.kind === 'failed') reject(fromFailure(message.failure));
      else settle(waiting, message);
    });
    const rejectAll = async (): Promise<void> => {
      await gone;
      const crashed = new OutsideError('engine_crashed', `the embedded ClickHouse ended: ${describeEnd(child, lastWords)}`, {
        retryable: true,
      });
      reject(crashed);
      for (const one of waiting.values()) {
        clearTimeout(one.timer);
        one.reject(crashed);
      }
      waiting.clear();
    };
    void rejectAll();
  });
}

function caller(child: ChildProcess, waiting: Map<number, Waiting>): EngineProcess['call'] {
  let lastId = 0;
  return (request) => {
    if (waiting.size >= ANALYTICS_LIMITS.embeddedRequestsInFlightMax) {
      const message = `${waiting.size} requests wait for the embedded ClickHouse already`;
      return Promise.reject(new OutsideError('engine_busy', message, { retryable: true }));
    }
    if (child.exitCode !== null || child.signalCode !== null) {
      return Promise.reject(new OutsideError('engine_crashed', 'the embedded ClickHouse has just ended', { retryable: true }));
    }
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      // An engine that is silent for so long is stuck in native code, where only a kill reaches it.
      const timer = setTimeout(() => child.kill('SIGKILL'), ANALYTICS_LIMITS.requestMsMax);
      waiting.set(id, { resolve, reject, timer });
      child.send({ ...request, id } satisfies EngineRequest, (error) => {
        // Only a dead process cannot be sent to; `gone` rejects what waits.
        if (error !== null) child.kill('SIGKILL');
      });
    });
  };
}

function settle(waiting: Map<number, Waiting>, message: Extract<EngineMessage, { id: number }>): void {
  const one = waiting.get(message.id);
  if (one === undefined) return;
  waiting.delete(message.id);
  clearTimeout(one.timer);
  if (message.kind === 'answer') one.resolve(message.text);
  else one.reject(fromFailure(message.failure));
}

function fromFailure(failure: { code: string; message: string; retryable: boolean }): OutsideError {
  return new OutsideError(failure.code, failure.message, { retryable: failure.retryable });
}

function describeEnd(child: ChildProcess, lastWords: string): string {
  const how = child.signalCode === null ? `exit code ${child.exitCode ?? 'unknown'}` : `signal ${child.signalCode}`;
  return lastWords === '' ? how : `${how}: ${lastWords.trim()}`;
}
