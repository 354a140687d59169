import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, Figures } from './bench.ts';
import { inlineBench } from './inline-bench.ts';
import { pipelineBench } from './pipeline-bench.ts';
import { rulesBench } from './rules-bench.ts';

const BENCHES: readonly Bench[] = [rulesBench, pipelineBench, inlineBench];

function help(): string {
  const names = BENCHES.map((bench) => `  ${bench.name.padEnd(10)} ${bench.title}`);
  return [
    'npm run bench -- [--only NAME]... [--json]',
    '',
    ...names,
    '',
    'Figures are of this machine and this run; compare ratios, not machines.',
    '',
  ].join('\n');
}

function hardware(): string {
  const [cpu] = cpus();
  return `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = values.only?.find((name) => !BENCHES.some((bench) => bench.name === name));
if (values.help || unknown !== undefined) {
  process.stderr.write(unknown === undefined ? help() : `no bench is called ${unknown}\n\n${help()}`);
  process.exit(unknown === undefined ? 0 : 2);
}

const results: Record<string, Figures> = {};
for (const bench of BENCHES.filter(({ name }) => values.only?.includes(name) ?? true)) {
  results[bench.name] = await bench.run((line) => process.stderr.write(`${line} ...\n`));
}
if (values.json) process.stdout.write(`${JSON.stringify({ hardware: hardware(), results })}\n`);
else {
  process.stdout.write(`${hardware()}\n`);
  for (const [name, figures] of Object.entries(results)) {
    for (const [figure, value] of Object.entries(figures))
      process.stdout.write(`  ${name.padEnd(10)} ${figure.padEnd(32)} ${value.toLocaleString('en')}\n`);
  }
}
process.exit(0);
