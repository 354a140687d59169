import { writeFileSync } from 'node:fs';
import { LIBRARY_DIRECTORY, loadRuleBook, ruleSchema } from './book.ts';

/** Writes `rule.schema.json` anew: run it after a feature or a field of rules was added. */
const book = loadRuleBook(LIBRARY_DIRECTORY);
if (!book.ok) throw new Error(book.refusal.message);
writeFileSync(new URL('./rule.schema.json', import.meta.url), `${JSON.stringify(ruleSchema(book.value), null, 2)}\n`);
