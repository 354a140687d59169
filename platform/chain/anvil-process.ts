import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutsideError, SECOND_MS } from '../../core/index.ts';
import { startIntervalMiner } from './interval-miner.ts';

export interface AnvilOptions {
  /** Holds `state.json` and the pid file; made when missing. One running anvil a directory. */
  readonly dataDirectory: string;
  /** EIP-155 chain id. */
  readonly chainId: number;
  /** TCP port on 127.0.0.1; 0 (the default) lets the system choose. */
  readonly port?: number;
  /** Seconds between blocks while there is something to mine or confirm; without it a block is mined for each transaction, at once. */
  readonly blockTimeSeconds?: number;
  /** Blocks whose balances and code can be read, also after a restart; 256 by default. */
  readonly statesKept?: number;
  /** BIP-39 words of the ten funded development accounts; Foundry's published test words by default. */
  readonly mnemonic?: string;
  readonly onLog?: (line: string) => void;
}

export interface Anvil {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** Lets anvil write its state, and ends it. */
  stop(): Promise<void>;
}

/** The words every Foundry installation funds by default: no secret, and refused in production with the whole chain. */
export const DEVELOPMENT_MNEMONIC = 'test test test test test test test test test test test junk';

/**
 * Balances of N and N − 1 are read for every deposit, within minutes of its block. Each state carries the hashes of all blocks, so
 * the state file has about 77 bytes × states × blocks: 40 MB at 256 states and 2,000 blocks.
 */
const STATES_KEPT = 256;
/** What a kill -9 may lose, which a watcher sees as a reorg; an ordinary stop loses nothing. */
const DUMP_SECONDS = 5;
/** `finalized` trails the head by two epochs, so it moves within seconds on a development chain. */
const SLOTS_IN_EPOCH = 4;
/** anvil listens 0.3 s after start; a loaded machine with a large state takes longer. */
const START_MS_MAX = 30 * SECOND_MS;
/** The last dump happens in this time. */
const STOP_MS_MAX = 10 * SECOND_MS;

const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function anvilBinary(): string {
  const name = `@foundry-rs/anvil-${process.platform}-${ARCHITECTURE[process.arch] ?? process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/anvil`);
  } catch (cause) {
    throw new OutsideError('anvil_missing', `${name} is not installed: run npm install, or set RPC URLs of a real chain`, {
      retryable: false,
      cause,
    });
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function commandOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
}

async function endProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < STOP_MS_MAX && alive(pid); waited += 50) await sleep(50);
  if (alive(pid)) process.kill(pid, 'SIGKILL');
}

/** A parent that was killed leaves its anvil behind, holding the state file: only a process that names this very file is ended. */
async function reapOrphan(pidFile: string, stateFile: string): Promise<void> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (Number.isSafeInteger(pid) && pid > 1 && alive(pid) && (await commandOf(pid)).includes(stateFile)) await endProcess(pid);
  await rm(pidFile, { force: true });
}

interface DumpedBlock {
  readonly header: { readonly number: string; readonly timestamp: string };
}

/**
 * anvil 1.7.1 makes a block 0 at each start and dumps it beside the one it loaded; of several it later answers with any. The oldest
 * is the one the chain stands on. Null when there is nothing to leave out.
 */
function withOneGenesis(state: { readonly blocks?: readonly DumpedBlock[] }): object | null {
  const blocks = state.blocks ?? [];
  const [genesis, ...later] = blocks
    .filter(({ header }) => BigInt(header.number) === 0n)
    .toSorted((left, right) => Number(BigInt(left.header.timestamp) - BigInt(right.header.timestamp)));
  if (genesis === undefined || later.length === 0) return null;
  return { ...state, blocks: blocks.filter((block) => !later.includes(block)) };
}

/** anvil writes its state in place, so a kill in the middle of a dump leaves half a file: then the copy of the last good start is used. */
async function mendState(stateFile: string): Promise<void> {
  const backup = `${stateFile}.backup`;
  const text = await readFile(stateFile, 'utf8').catch(() => null);
  if (text === null) return;
  let mended: object | null;
  try {
    mended = withOneGenesis(JSON.parse(text) as { blocks?: readonly DumpedBlock[] });
  } catch {
    await rename(stateFile, `${stateFile}.broken`);
    await copyFile(backup, stateFile).catch(() => undefined);
    return;
  }
  if (mended !== null) {
    await writeFile(`${stateFile}.mended`, JSON.stringify(mended));
    await rename(`${stateFile}.mended`, stateFile);
  }
  await copyFile(stateFile, backup);
}

function anvilArguments(options: AnvilOptions, stateFile: string): string[] {
  const words = [
    ['--host', '127.0.0.1'],
    ['--port', String(options.port ?? 0)],
    ['--chain-id', String(options.chainId)],
    ['--mnemonic', options.mnemonic ?? DEVELOPMENT_MNEMONIC],
    ['--state', stateFile],
    // Otherwise anvil leaves folders in the home of whoever runs it.
    ['--cache-path', join(options.dataDirectory, 'cache')],
    ['--state-interval', String(DUMP_SECONDS)],
    ['--preserve-historical-states', '--prune-history', String(options.statesKept ?? STATES_KEPT)],
    ['--slots-in-an-epoch', String(SLOTS_IN_EPOCH)],
    options.blockTimeSeconds === undefined ? [] : ['--no-mining'],
  ];
  return words.flat();
}

async function listeningUrl(child: ChildProcess, onLog: (line: string) => void): Promise<string> {
  const lines: string[] = [];
  const found = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (lines.length < 200) lines.push(line);
      onLog(line);
      const match = /Listening on (127\.0\.0\.1:\d+)/.exec(line);
      if (match?.[1] !== undefined) found.resolve(`http://${match[1]}`);
    });
  }
  const failed = (what: string) =>
    new OutsideError('anvil_start_failed', `anvil ${what}: ${lines.slice(-5).join(' | ')}`, { retryable: false });
  child.once('error', (cause) =>
    found.reject(new OutsideError('anvil_start_failed', String(cause), { retryable: false, cause })),
  );
  child.once('exit', (code) => found.reject(failed(`ended with code ${code} before it listened`)));
  const timer = setTimeout(() => found.reject(failed(`did not listen within ${START_MS_MAX} ms`)), START_MS_MAX);
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts a real EVM node for development and tests (anvil). Blocks, receipts and the balances of the last blocks survive a
 * restart; a kill -9 may lose the last five seconds, which a watcher sees as a reorg. Throws OutsideError `anvil_missing`,
 * `anvil_start_failed`.
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const binary = anvilBinary();
  await mkdir(options.dataDirectory, { recursive: true });
  const stateFile = join(options.dataDirectory, 'state.json');
  const pidFile = join(options.dataDirectory, 'anvil.pid');
  await reapOrphan(pidFile, stateFile);
  await mendState(stateFile);
  const child = spawn(binary, anvilArguments(options, stateFile), { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const url = await listeningUrl(child, options.onLog ?? (() => undefined));
    const pid = child.pid ?? 0;
    await writeFile(pidFile, String(pid));
    const stopMining =
      options.blockTimeSeconds === undefined
        ? () => Promise.resolve()
        : startIntervalMiner(url, options.blockTimeSeconds, options.onLog ?? (() => undefined));
    return {
      url,
      pid,
      async stop() {
        await stopMining();
        if (child.exitCode === null && child.signalCode === null) {
          const ended = once(child, 'exit');
          await endProcess(pid);
          await ended;
        }
        await rm(pidFile, { force: true });
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
