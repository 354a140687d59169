import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { verifyAudit } from '../../wallet-core/audit/index.ts';
import type { Config } from '../config/read-config.ts';
import { loadKeys } from '../wire/load-keys.ts';
import { withWalletSql } from './with-wallet-sql.ts';

/** `bulwark audit verify`: every leaf, every checkpoint, from the first. */
export function addAuditCommands(program: Command, readEnvironment: () => Config): void {
  const audit = program.command('audit').description('the log of every decision and act');
  audit
    .command('verify')
    .description('rebuild the tree from its leaves and check each signed checkpoint; exit code 1 when something was changed')
    .option('--key <file>', 'public key of the log in PEM, for whoever does not hold its key folder')
    .action(async (options: { key?: string }) => {
      const finding = await withWalletSql(readEnvironment(), async (sql, config) => {
        const publicKey =
          options.key === undefined ? (await loadKeys(config)).audit.publicKey : createPublicKey(await readFile(options.key));
        return verifyAudit(sql, publicKey);
      });
      if (finding.ok) {
        process.stdout.write(
          `The audit log holds: ${finding.leaves} leaves, ${finding.checkpoints} signed checkpoints, root ${finding.rootHex || '(empty)'}\n`,
        );
        return;
      }
      process.stdout.write(`The audit log does NOT hold. ${finding.at}: ${finding.problem}\n`);
      process.exitCode = 1;
    });
  audit
    .command('key')
    .description('print the public key of the log in PEM, for witnesses')
    .action(async () => {
      const { audit: keys } = await loadKeys(readEnvironment());
      process.stdout.write(String(keys.publicKey.export({ type: 'spki', format: 'pem' })));
    });
}
