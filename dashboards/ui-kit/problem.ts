/** What the server answered instead of what was asked (RFC 9457), or that it could not be reached. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** Stable, snake_case. `unreachable` and `answer_malformed` are made here. */
  readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;

  constructor(code: string, status: number, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.code = code;
    this.status = status;
  }
}

/** Reads a failed answer; whatever came instead of a problem document is one too. */
export async function readProblem(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  const { code, detail, error, error_description } = (body ?? {}) as Record<string, unknown>;
  const name = [code, error].find((each) => typeof each === 'string') ?? 'answer_malformed';
  const words = [detail, error_description].find((each) => typeof each === 'string') ?? response.statusText;
  return new ApiProblem(name, response.status, words);
}

/** `fetch` whose only failures are `ApiProblem`s. */
export async function fetchAnswer(url: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, options);
  } catch (error) {
    throw new ApiProblem('unreachable', 0, 'the server could not be reached', error);
  }
}

/** The JSON of an answer; undefined where it has no body. */
export async function readJson<Value>(response: Response): Promise<Value> {
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Value;
}
