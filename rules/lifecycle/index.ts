export { createFreezeBudget, type FreezeBudget } from './freeze-budget.ts';
