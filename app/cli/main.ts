import { Command } from 'commander';
import { ConfigError, readConfig } from '../config/read-config.ts';
import { OutsideError } from '../../core/index.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addDeadLetterCommands } from './dead-letter-commands.ts';
import { addDemoCommand } from './demo-command.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addImportCommand } from './import-command.ts';
import { addRulesCommands } from './rules-commands.ts';
import { addStaffCommands } from './staff-commands.ts';
import { addStartCommand } from './start-command.ts';

/** Exit codes: 0 done, 1 refused or failed, 2 wrong usage (commander's own is 1; usage is told apart for scripts). */
const program = new Command('bulwark')
  .description('Real-time risk and fraud monitoring for crypto wallets, with a full wallet core.')
  .version('0.1.0')
  .showHelpAfterError('(bulwark --help lists the commands)')
  .addHelpText(
    'after',
    `
Settings come from the environment; all of them have a default on a developer's machine:
  BULWARK_DATA        data folder (.data)            SQL_URL         PostgreSQL instead of the embedded one
  BULWARK_HOST, _PORT where to listen (127.0.0.1:8080) KAFKA_BROKERS Apache Kafka instead of the embedded log
  BULWARK_PUBLIC_URL  origin people's browsers see   CLICKHOUSE_URL  ClickHouse instead of the embedded one
  BULWARK_TRUSTED_PROXIES, BULWARK_RULES, LOG_LEVEL  CHAIN_RPC_URLS, CHAIN_ID, CHAIN_QUORUM, CHAIN_CONFIRMATIONS
  KEYSTORE_PASSPHRASE, PROVIDER_SECRETS              RULES_EVALUATOR (compiled | json-rules-engine), BULWARK_MODELS (on | off), BULWARK_MODEL_MANIFEST

Examples:
  bulwark start                      everything on this machine; prints the console's address
  bulwark demo --seed 7              customers and attackers through the real API and chain, then a table
  bulwark staff add ada --role analyst --role approver
  bulwark import payments.csv --map map.yaml`,
  );

const readEnvironment = () => readConfig(process.env);
addStartCommand(program, readEnvironment);
addDemoCommand(program, readEnvironment);
addStaffCommands(program, readEnvironment);
addImportCommand(program, readEnvironment);
addRulesCommands(program);
addDeadLetterCommands(program, readEnvironment);
addAuditCommands(program, readEnvironment);
addDoctorCommand(program, readEnvironment);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof OutsideError)) throw error;
  process.stderr.write(`bulwark: ${error.message}\n`);
  process.exitCode = 1;
}
