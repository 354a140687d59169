/** What the engine's process is asked, over Node's IPC. */
export type EngineRequest =
  | {
      readonly id: number;
      readonly kind: 'insert';
      readonly table: string;
      readonly columns: [string, ...string[]];
      /** One JSON object a line. */
      readonly body: string;
      readonly token: string;
    }
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly parameters: Readonly<Record<string, unknown>> }
  | { readonly id: number; readonly kind: 'command'; readonly sql: string }
  | { readonly id: number; readonly kind: 'close' };

export interface EngineFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** What it answers: once `ready` or `failed`, then one answer a request. */
export type EngineMessage =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'failed'; readonly failure: EngineFailure }
  | { readonly kind: 'answer'; readonly id: number; readonly text: string }
  | { readonly kind: 'refused'; readonly id: number; readonly failure: EngineFailure };
