export { type DemoOptions, type DemoProgress, type DemoRun, runDemo } from './run-demo.ts';
export { startDemo } from './start-demo.ts';
export { ATTACK_KINDS, type AttackKind } from './attacks/attack.ts';
export { printReport } from './report/print-report.ts';
export { recordEvents } from './report/record.ts';
export { type AttackReport, type DemoReport, problemsOf, toJson } from './report/report.ts';
export type { World } from './world/world.ts';
