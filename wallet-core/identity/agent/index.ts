export type { AgentHttp, Answer } from './agent-http.ts';
export type { DpopKey } from './dpop-key.ts';
export type { Tokens } from './oauth-flow.ts';
export {
  createWalletAgent,
  type LoginResult,
  type PreparedRequest,
  type WalletAgent,
  type WalletAgentOptions,
} from './wallet-agent.ts';
