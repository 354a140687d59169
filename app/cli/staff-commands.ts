import { type Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import { STAFF_ROLES, type StaffRole } from '../../core/index.ts';
import { systemClock, systemRandom } from '../../platform/clock/index.ts';
import type { Sql } from '../../platform/sql/index.ts';
import { createAuditLog } from '../../wallet-core/audit/index.ts';
import { createStaffRegister } from '../../wallet-core/identity/index.ts';
import type { Config } from '../config/read-config.ts';
import { loadKeys } from '../wire/load-keys.ts';
import { withWalletSql } from './with-wallet-sql.ts';

function collectRole(value: string, before: readonly StaffRole[]): StaffRole[] {
  const role = STAFF_ROLES.find((each) => each === value);
  if (role === undefined) throw new InvalidArgumentError(`roles are ${STAFF_ROLES.join(', ')}`);
  return [...before, role];
}

async function openRegister(sql: Sql, config: Config) {
  const keys = await loadKeys(config);
  return createStaffRegister({
    sql,
    clock: systemClock,
    random: systemRandom,
    audit: createAuditLog({ clock: systemClock }),
    keys: keys.identity,
  });
}

/** `bulwark staff disable`: out at once, sessions and all. */
function addDisableCommand(staff: Command, readEnvironment: () => Config): void {
  staff
    .command('disable')
    .description('end a staff account: its sessions stop now, its name is never given again')
    .argument('<name>', 'as it was added')
    .action(async (name: string) => {
      const ended = await withWalletSql(readEnvironment(), async (sql, opened) =>
        (await openRegister(sql, opened)).disable(name),
      );
      if (ended.ok) process.stdout.write(`${name} is out.\n`);
      else process.stderr.write(`bulwark: ${ended.refusal.message}\n`);
      if (!ended.ok) process.exitCode = 1;
    });
}

/** `bulwark staff add`: the one way in for staff; credentials are printed once. */
export function addStaffCommands(program: Command, readEnvironment: () => Config): void {
  const staff = program.command('staff').description('people who work at the console');
  addDisableCommand(staff, readEnvironment);
  staff
    .command('add')
    .description('make a staff account with a random password and an authenticator secret, both printed once')
    .argument('<name>', '3 to 40 lower-case letters, digits, dots and dashes')
    .requiredOption('--role <role>', `repeatable: ${STAFF_ROLES.join(', ')}`, collectRole, [])
    .option('--json', 'print only JSON')
    .action(async (name: string, options: { role: StaffRole[]; json?: boolean }) => {
      const config = { ...readEnvironment() };
      const added = await withWalletSql({ ...config, dataDirectory: resolve(config.dataDirectory) }, async (sql, opened) => {
        const register = await openRegister(sql, opened);
        return register.add({ name, roles: options.role });
      });
      if (!added.ok) {
        process.stderr.write(`bulwark: ${added.refusal.message}\n`);
        process.exitCode = 1;
        return;
      }
      const { staffId, password, totpSecret, otpauthUri } = added.value;
      const lines = [
        `Staff account ${name} (${options.role.join(', ')})`,
        `  password       ${password ?? '(as given)'}`,
        `  authenticator  ${otpauthUri}`,
        'Both are shown this once. Sign in at /staff/login.',
      ];
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify({ staffId, name, password, totpSecret, otpauthUri })}\n`
          : `${lines.join('\n')}\n`,
      );
    });
}
