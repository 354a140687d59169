export { createFreezeBudget } from './freeze-budget.ts';
