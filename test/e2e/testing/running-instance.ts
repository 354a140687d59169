import { pino } from 'pino';
import { readConfig } from '../../../app/config/read-config.ts';
import { type RunningBulwark, startBulwark } from '../../../app/run/start-bulwark.ts';
import { createDataFolder } from './data-folder.ts';
import { type Place, TRUSTED } from './people.ts';
import { endProcessesOf } from './processes-of.ts';

export interface RunningInstance {
  readonly bulwark: RunningBulwark;
  readonly place: Place;
  /** What it logged, warnings and worse, one JSON document each. */
  readonly logged: readonly string[];
  stop(): Promise<void>;
}

/** The whole of Bulwark in this process, its engines as children, in a data folder of its own. */
export async function startInstance(settings: Readonly<Record<string, string>> = {}): Promise<RunningInstance> {
  const dataDirectory = await createDataFolder();
  const config = readConfig({ BULWARK_DATA: dataDirectory, BULWARK_PORT: '0', ...TRUSTED, ...settings });
  const logged: string[] = [];
  const bulwark = await startBulwark({ config, logger: pino({ level: 'warn' }, { write: (line) => void logged.push(line) }) });
  return {
    bulwark,
    place: { baseUrl: bulwark.publicUrl, dataDirectory },
    logged,
    async stop() {
      await bulwark.stop();
      await endProcessesOf(dataDirectory);
    },
  };
}
