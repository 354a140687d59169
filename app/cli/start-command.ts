import type { Command } from 'commander';
import type { Config } from '../config/read-config.ts';
import { describePort } from '../ports/open-ports.ts';
import { startBulwark } from '../run/start-bulwark.ts';
import { createLogger } from './logger.ts';
import { untilStopped } from './until-stopped.ts';

/** Ctrl-C counts from the first moment: a start that is cut short takes along what it had started. */
async function abortWhenStopped(stopping: AbortController): Promise<void> {
  await untilStopped();
  process.stdout.write('\nStopping ...\n');
  stopping.abort();
}

/** `bulwark start`: everything, until Ctrl-C. */
export function addStartCommand(program: Command, readEnvironment: () => Config): void {
  program
    .command('start')
    .description('start everything on this machine and print where to look')
    .action(async () => {
      const config = readEnvironment();
      const begun = performance.now();
      const stopping = new AbortController();
      const stopped = abortWhenStopped(stopping);
      const logger = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
      const bulwark = await startBulwark({ config, logger, signal: stopping.signal }).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
        return null;
      });
      if (bulwark === null) {
        process.stdout.write('Stopped.\n');
        return;
      }
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      process.stdout.write(
        [
          `Bulwark is ready (${seconds} s). Data: ${bulwark.config.dataDirectory}`,
          ...bulwark.ports.map(describePort),
          '',
          `  Console   ${bulwark.publicUrl}/console/   (make a staff account first: npm run bulwark -- staff add NAME --role analyst)`,
          `  Wallet    ${bulwark.publicUrl}/wallet/`,
          `  API       ${bulwark.publicUrl}/openapi.json`,
          '',
          'Ctrl-C stops it. Everything is found again at the next start.',
          '',
        ].join('\n'),
      );
      await stopped;
      await bulwark.stop();
      process.stdout.write('Stopped.\n');
    });
}
