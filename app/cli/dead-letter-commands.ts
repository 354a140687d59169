import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/read-config.ts';
import { listDeadLetters, replayDeadLetter } from '../run/dead-letter-office.ts';
import { withEventLog } from './with-event-log.ts';

/** More than a person reads; scripts take `--json`. */
const LIST_MAX = 10_000;

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > LIST_MAX)
    throw new InvalidArgumentError(`a number from 1 to ${LIST_MAX}`);
  return number;
}

/** `bulwark dead-letters list | replay`. */
export function addDeadLetterCommands(program: Command, readEnvironment: () => Config): void {
  const office = program.command('dead-letters').description('events and rows that were refused, with their reasons');
  office
    .command('list')
    .option('--limit <n>', 'newest first', count, 20)
    .option('--json', 'one JSON document a line')
    .action(async (options: { limit: number; json?: boolean }) => {
      const letters = await withEventLog(readEnvironment(), (log) => listDeadLetters(log, options.limit));
      for (const letter of letters) {
        const place =
          letter.source_topic === 'import-file'
            ? `line ${letter.offset}`
            : `${letter.source_topic}/${letter.partition}@${letter.offset}`;
        process.stdout.write(
          options.json === true
            ? `${JSON.stringify(letter)}\n`
            : `${letter.at}  ${letter.reason}  ${place}  ${letter.detail}\n  id ${letter.id}\n`,
        );
      }
      if (letters.length === 0 && options.json !== true) process.stdout.write('No dead letters.\n');
    });
  office
    .command('replay')
    .argument('<id>')
    .description('send the record again as it was, once the reason it was refused for has gone')
    .action(async (id: string) => {
      const replayed = await withEventLog(readEnvironment(), (log) => replayDeadLetter(log, id));
      process.stdout.write(replayed.ok ? `Sent to ${replayed.value.topic} again.\n` : `bulwark: ${replayed.refusal.message}\n`);
      if (!replayed.ok) process.exitCode = 1;
    });
}
