export { claimFolder } from './claim-folder.ts';
export { isAlive, isPostmasterOf } from './process-identity.ts';
