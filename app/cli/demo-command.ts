import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/read-config.ts';
import {
  type DemoProgress,
  printReport,
  problemsOf,
  recordEvents,
  runDemo,
  startDemo,
  toJson,
  type World,
} from '../demo/index.ts';
import { createLogger } from './logger.ts';
import { untilStopped } from './until-stopped.ts';

interface DemoFlags {
  readonly seed: number;
  readonly minutes: number;
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly record?: string;
  readonly models: boolean;
}

/** Over this the networks of the demo world run out. */
const MINUTES_MAX = 20;

function wholeNumber(low: number, high: number) {
  return (value: string): number => {
    const number = Number(value);
    if (!/^\d{1,15}$/.test(value) || number < low || number > high)
      throw new InvalidArgumentError(`a whole number from ${low} to ${high}`);
    return number;
  };
}

/** One bar a phase on standard error where a person looks on; one line a phase elsewhere. */
function showProgress(quiet: boolean): { onProgress(progress: DemoProgress): void; stop(): void } {
  let bar: SingleBar | null = null;
  let phase = '';
  const stop = (): void => bar?.stop();
  return {
    stop,
    onProgress({ phase: next, done, total }) {
      if (quiet) return;
      if (next !== phase) {
        stop();
        phase = next;
        if (process.stderr.isTTY) {
          bar = new SingleBar({ format: '  {bar} {value}/{total}  {phase}', stream: process.stderr }, Presets.shades_classic);
          bar.start(total, done, { phase });
        } else process.stderr.write(`  ${phase}\n`);
      }
      bar?.update(done);
    },
  };
}

async function play(world: World, flags: DemoFlags): Promise<void> {
  const progress = showProgress(flags.json === true);
  try {
    const { report, judged, traces } = await runDemo(world, {
      seed: flags.seed,
      minutes: flags.minutes,
      hardCases: flags.record !== undefined,
      onProgress: (each) => progress.onProgress(each),
    });
    progress.stop();
    if (flags.record !== undefined) await recordEvents(flags.record, flags.seed, judged, traces);
    process.stdout.write(flags.json === true ? `${JSON.stringify(toJson(report))}\n` : printReport(report));
    if (problemsOf(report).length > 0) process.exitCode = 1;
  } finally {
    progress.stop();
  }
}

const KEPT = (url: string, folder: string): string => `
Still running. Ctrl-C ends it; the data stays in ${folder}.
  Wallet    ${url}/wallet/
  Console   ${url}/console/   (make a staff account: BULWARK_DATA=${folder} npm run bulwark -- staff add NAME --role analyst)
`;

async function run(config: Config, flags: DemoFlags): Promise<void> {
  const folder = resolve(config.dataDirectory);
  await mkdir(folder, { recursive: true });
  const dataDirectory = await mkdtemp(join(folder, `demo-${flags.seed}-`));
  const say = (text: string): void => void (flags.json === true ? undefined : process.stderr.write(text));
  const models = flags.models ? config.models : 'off';
  const logger = createLogger(config.logLevel === 'info' ? 'error' : config.logLevel);
  let interrupted = false;
  const stopped = untilStopped().then(() => void (interrupted = true));
  say('Starting a Bulwark of its own for the demo ...\n');
  const demo = await startDemo({ config, dataDirectory, seed: flags.seed, models, logger });
  try {
    const { publicUrl } = demo.world.app;
    say(`It listens on ${publicUrl}. Seed ${flags.seed}, ${flags.minutes} minutes.\n`);
    const played = play(demo.world, flags);
    // Whoever stops the demo is not interested in what its people say when their wallet goes away.
    played.catch(() => undefined);
    await Promise.race([played, stopped]);
    if (flags.keep === true && !interrupted) {
      process.stderr.write(KEPT(publicUrl, dataDirectory));
      await stopped;
      interrupted = false;
    }
  } finally {
    await demo.stop();
    if (flags.keep !== true || interrupted) await rm(dataDirectory, { recursive: true, force: true });
  }
  if (interrupted) process.exit(130);
}

/** `bulwark demo`: customers and attackers through the real API and chain, then how it went. */
export function addDemoCommand(program: Command, readEnvironment: () => Config): void {
  program
    .command('demo')
    .description('play customers and attackers through the real API and chain; exit code 1 when one gets through')
    .option('--seed <n>', 'who lives in the world and what they do', wholeNumber(0, 999_999_999), 7)
    .option('--minutes <n>', 'how long it lasts, which also says how many take part', wholeNumber(1, MINUTES_MAX), 2)
    .option('--json', 'print the figures alone')
    .option('--keep', 'leave it running afterwards, to look around')
    .option(
      '--record <file>',
      'append each judged event with its facts and label, as NDJSON; honest people then also do what looks like an attack',
    )
    .option('--no-models', 'rules alone')
    .action((flags: DemoFlags) => run(readEnvironment(), flags));
}
