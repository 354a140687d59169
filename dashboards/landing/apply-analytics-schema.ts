import { readFile } from 'node:fs/promises';
import type { Analytics } from '../../platform/analytics/index.ts';

const FILES = ['./schema/tables.sql', './schema/views.sql'] as const;

/** The statements of the schema, in order. */
async function analyticsSchemaStatements(): Promise<string[]> {
  const texts = await Promise.all(FILES.map((file) => readFile(new URL(file, import.meta.url), 'utf8')));
  return texts.flatMap((text) =>
    text
      .replaceAll(/^--.*$/gm, '')
      .split(/;\s*(?:\n|$)/)
      .map((statement) => statement.trim())
      .filter((statement) => statement !== ''),
  );
}

/** Makes tables that are missing and puts the views in their present form. Safe to run at every start, and by two at once. */
export async function applyAnalyticsSchema(analytics: Analytics): Promise<void> {
  for (const statement of await analyticsSchemaStatements()) await analytics.command(statement);
}
