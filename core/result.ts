/** A refusal is a value with a stable snake_case code: codes are append-only and serve as metric labels. */
export interface Refusal<Code extends string = string> {
  readonly code: Code;
  /** One sentence for a person: what, where, what to do. No secrets, no personal data. */
  readonly message: string;
}

export type Result<Value, Code extends string = string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal<Code> };

export function succeed<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function refuse<Code extends string>(
  code: Code,
  message: string,
): { readonly ok: false; readonly refusal: Refusal<Code> } {
  return { ok: false, refusal: { code, message } };
}
