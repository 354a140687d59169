export { claimFolder } from './claim-folder.ts';
export { isAlive, isPostmasterOf, startOf } from './process-identity.ts';
