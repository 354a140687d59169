export { type Anvil, type AnvilOptions, DEVELOPMENT_MNEMONIC, startAnvil } from './anvil-process.ts';
export { type ChainOptions, openChain } from './open-chain.ts';
export type { Disagreement } from './quorum.ts';
export type * from './port.ts';
