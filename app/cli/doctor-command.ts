import { spawnSync } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/read-config.ts';

interface Finding {
  readonly what: string;
  readonly found: string | null;
  readonly without: string;
}

/** First line a program prints about itself, or null when it is not there. */
function versionOf(command: string, argument = '--version'): string | null {
  const ran = spawnSync(command, [argument], { encoding: 'utf8', timeout: 20_000 });
  if (ran.error !== undefined) return null;
  return `${ran.stdout}${ran.stderr}`.trim().split('\n')[0] ?? '';
}

/** Programs the full test uses where they are; nothing here is needed to run. */
function findings(): Finding[] {
  return [
    { what: 'Java', found: versionOf('java', '-version'), without: 'tests against a real Kafka broker are skipped' },
    {
      what: 'Maven',
      found: versionOf('mvn'),
      without: 'tests against a real Kafka broker are skipped (unless KAFKA_BROKERS names one)',
    },
    { what: 'Chromium', found: versionOf('chromium'), without: 'tests of the pages in a browser are skipped' },
    { what: 'Python', found: versionOf('python3'), without: 'models cannot be trained again; the shipped ones run' },
  ];
}

async function writable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => (dirname(folder) === folder ? false : writable(dirname(folder))),
  );
}

/** `bulwark doctor`: what this machine has and lacks, and what each lack means. */
export function addDoctorCommand(program: Command, readEnvironment: () => Config): void {
  program
    .command('doctor')
    .description('say what this machine has and lacks')
    .action(async () => {
      const config = readEnvironment();
      const data = resolve(config.dataDirectory);
      const [cpu] = cpus();
      const lines = [
        `Node      ${process.version} (${platform()} ${release()}, ${arch()})`,
        `Hardware  ${cpus().length} × ${cpu?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
        `Data      ${data} (${(await writable(data)) ? 'writable' : 'NOT writable: set BULWARK_DATA to a folder that is'})`,
        ...findings().map(({ what, found, without }) => `${what.padEnd(9)} ${found ?? `not found: ${without}`}`),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
