export { perturbedRows, reasonsOf } from './explain.ts';
