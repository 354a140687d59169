import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** ABI (Solidity JSON) and creation code of one contract. */
export interface CompiledContract {
  readonly abi: readonly unknown[];
  readonly bytecode: `0x${string}`;
}

const SOURCES = ['tokens.sol', 'senders.sol'] as const;
const CACHE = new URL('../../../.cache/solc/', import.meta.url);
/** Cancun is the newest EVM that all chains we read have. */
const EVM_VERSION = 'cancun';

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<string, Readonly<Record<string, { abi: readonly unknown[]; evm: { bytecode: { object: string } } }>>>
  >;
}

function runCompiler(input: string): CompilerOutput {
  // 9 MB of JavaScript: loaded only when the cache has no answer.
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };
  return JSON.parse(solc.compile(input)) as CompilerOutput;
}

function contractsOf(output: CompilerOutput): Record<string, CompiledContract> {
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
  const compiled: Record<string, CompiledContract> = {};
  for (const contracts of Object.values(output.contracts ?? {})) {
    for (const [name, { abi, evm }] of Object.entries(contracts)) {
      compiled[name] = { abi, bytecode: `0x${evm.bytecode.object}` };
    }
  }
  return compiled;
}

/** Compiles the contracts of this folder by name; the answer is kept in `.cache/solc` under the hash of sources, settings and compiler. */
export async function compileContracts(): Promise<Readonly<Record<string, CompiledContract>>> {
  const version = (createRequire(import.meta.url)('solc/package.json') as { version: string }).version;
  const sources: Record<string, { content: string }> = {};
  for (const name of SOURCES) sources[name] = { content: await readFile(new URL(name, import.meta.url), 'utf8') };
  const input = JSON.stringify({
    language: 'Solidity',
    sources,
    settings: {
      evmVersion: EVM_VERSION,
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  });
  const key = createHash('sha256').update(`${version}\n${input}`).digest('hex');
  const cached = new URL(`${key}.json`, CACHE);
  const known = await readFile(cached, 'utf8').catch(() => null);
  if (known !== null) return JSON.parse(known) as Record<string, CompiledContract>;
  const compiled = contractsOf(runCompiler(input));
  await mkdir(CACHE, { recursive: true });
  // Written beside and renamed, so that another process never reads half a file.
  const beside = new URL(`${key}.${process.pid}.tmp`, CACHE);
  await writeFile(beside, JSON.stringify(compiled));
  await rename(beside, cached);
  return compiled;
}
