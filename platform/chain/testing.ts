import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Anvil, type AnvilOptions, startAnvil } from './anvil-process.ts';

export interface TestAnvil {
  readonly anvil: Anvil;
  /** Stops the node and removes its folder. */
  stop(): Promise<void>;
}

/** Past 1,000 blocks anvil 1.7.1 loses contracts in a reorg deeper than 10 with fewer; test chains are short, so it costs nothing. */
const STATES_KEPT = 20_000;

/** A node of its own for one test file, in a temporary folder, on a free port. */
export async function startTestAnvil(options: Partial<AnvilOptions> = {}): Promise<TestAnvil> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'bulwark-anvil-'));
  const anvil = await startAnvil({ dataDirectory, chainId: 31_337, statesKept: STATES_KEPT, ...options });
  return {
    anvil,
    async stop() {
      await anvil.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
