export type { Migrations, Sql, SqlExecutor, SqlRow, SqlTransaction } from './port.ts';
export { openEmbeddedSql, type EmbeddedSql, type EmbeddedSqlOptions } from './embedded/open-embedded-sql.ts';
export { openSqlByUrl, type SqlByUrlOptions } from './open-sql-by-url.ts';
export { migrate } from './migrate.ts';
export { sqlState, violatedConstraint } from './sql-errors.ts';
export { SQL_LIMITS } from './pg-sql.ts';
