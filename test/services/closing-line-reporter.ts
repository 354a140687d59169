import type { Reporter, SerializedError, TestModule } from 'vitest/node';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const REASON = /\(skipped: (.+?)\)(?: >|$)/;

function addModule(module: TestModule, count: Count, skips: Map<string, string[]>): void {
  // A file that does not load has no tests, and a hook that fails stops tests from running: both count as one failure each.
  count.failed += module.errors().length;
  for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state === 'passed') count.passed += 1;
    else if (result.state === 'failed') count.failed += 1;
    else {
      count.skipped += 1;
      const note = result.state === 'skipped' ? result.note : 'it did not finish';
      const reason = note ?? REASON.exec(test.fullName)?.[1] ?? 'no reason given';
      const names = skips.get(reason) ?? [];
      names.push(`${module.relativeModuleId} > ${test.fullName}`);
      skips.set(reason, names);
    }
  }
}

/** Ends a run with every skipped test under its reason, and as the very last line `N passed, N failed, N skipped`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const count: Count = { passed: 0, failed: errors.length, skipped: 0 };
    const skips = new Map<string, string[]>();
    for (const module of modules) addModule(module, count, skips);
    const lines = [...skips].flatMap(([reason, names]) => [`skipped, ${reason}:`, ...names.map((name) => `  ${name}`)]);
    // At the exit, because the other reporters and the teardown write until then.
    process.once('exit', (status) => {
      // Vitest ends with a status for what is no test: a fixture that does not start, no test file found.
      const failed = count.failed === 0 && status !== 0 ? 1 : count.failed;
      process.stdout.write(`\n${[...lines, `${count.passed} passed, ${failed} failed, ${count.skipped} skipped`].join('\n')}\n`);
    });
  }
}
