import type { Command } from 'commander';
import { formatProblem, LIBRARY_DIRECTORY, loadRuleBook, type RuleBook, ruleSchema, runRuleTests } from '../../rules/index.ts';

function load(directory: string | undefined): RuleBook | null {
  const loaded = loadRuleBook(directory ?? LIBRARY_DIRECTORY);
  if (loaded.ok) return loaded.value;
  for (const problem of loaded.problems) process.stdout.write(`${formatProblem(problem)}\n`);
  process.stdout.write(`${loaded.problems.length} problems\n`);
  process.exitCode = 1;
  return null;
}

/** `bulwark rules check | test | schema`: what a rule author runs before showing a rule to anybody. */
export function addRulesCommands(program: Command): void {
  const rules = program.command('rules').description('check and test rule files');
  rules
    .command('check')
    .argument('[directory]', 'a rule book; the shipped library without it')
    .description('types, unknown facts, structure: every problem at once with its file, line and column')
    .action((directory: string | undefined) => {
      const book = load(directory);
      if (book === null) return;
      const live = book.rules.filter((rule) => rule.status === 'live').length;
      process.stdout.write(
        `${book.rules.length} rules (${live} live), ${book.features.length} features: no problems. Revision ${book.revision}\n`,
      );
    });
  rules
    .command('test')
    .argument('[directory]', 'a rule book; the shipped library without it')
    .description('run the tests inside the rule files')
    .action((directory: string | undefined) => {
      const book = load(directory);
      if (book === null) return;
      const results = runRuleTests(book.rules);
      const failed = results.filter((result) => !result.ok);
      for (const result of failed)
        process.stdout.write(`FAIL ${result.rule}: ${result.test}: expected ${result.expected}, got ${result.actual}\n`);
      process.stdout.write(`${results.length - failed.length} passed, ${failed.length} failed\n`);
      if (failed.length > 0) process.exitCode = 1;
    });
  rules
    .command('schema')
    .argument('[directory]', 'a rule book; the shipped library without it')
    .description('print the JSON Schema of a rule file, for editors')
    .action((directory: string | undefined) => {
      const book = load(directory);
      if (book !== null) process.stdout.write(`${JSON.stringify(ruleSchema(book), null, 2)}\n`);
    });
}
