export { systemClock, systemRandom } from './system-clock.ts';
export { ManualClock, seededRandom } from './manual-clock.ts';
