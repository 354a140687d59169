import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Session } from 'chdb';

/** Settings of ClickHouse's HTTP layer, which the engine without a server does not know. */
const HTTP_ONLY = new Set(['wait_end_of_query', 'enable_http_compression', 'send_progress_in_http_headers']);
/** URL parameters that are no settings (ClickHouse documentation, “HTTP Interface”). */
const NO_SETTINGS = new Set(['query', 'query_id', 'database', 'default_format', 'session_id', 'role', 'user', 'password']);
/** HTTP status by exception code, of src/Server/HTTP/exceptionCodeToHTTPStatus.cpp; everything else is 500. */
const STATUS: Readonly<Record<string, number>> = {
  516: 403,
  497: 403,
  60: 404,
  81: 404,
  62: 400,
  27: 400,
  47: 404,
  16: 404,
  115: 404,
  117: 400,
  456: 400,
};

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Settings and parameters as statements before the query: a parameter's text is in the same escaped form in `SET param_x`. */
function preamble(url: URL): string {
  const statements: string[] = [];
  for (const [name, value] of url.searchParams) {
    if (NO_SETTINGS.has(name) || HTTP_ONLY.has(name)) continue;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`Code: 115. DB::Exception: Unknown setting. (UNKNOWN_SETTING)`);
    statements.push(`SET ${name} = ${literal(value)};`);
  }
  return statements.join(' ');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function refuse(response: ServerResponse, message: string): void {
  const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002';
  response.writeHead(STATUS[code] ?? 500, { 'X-ClickHouse-Exception-Code': code, 'Content-Type': 'text/plain; charset=UTF-8' });
  response.end(`${message}\n`);
}

function authorised(request: IncomingMessage): boolean {
  const [user, password] = [process.argv[3] ?? '', process.argv[4] ?? ''];
  return request.headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

let session = new Session(process.argv[2] ?? '');
// One statement at a time: settings and parameters are the session's, and requests must not see each other's.
let line: Promise<unknown> = Promise.resolve();

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://front');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  if (!authorised(request)) {
    refuse(response, 'Code: 516. DB::Exception: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)');
    return;
  }
  const body = await readBody(request);
  const sql = [url.searchParams.get('query') ?? '', body].filter((part) => part !== '').join('\n');
  const format = url.searchParams.get('default_format') ?? 'TabSeparated';
  const run = line.then(() => session.queryAsync(`${preamble(url)} ${sql}`, { format }));
  line = run.catch(() => {
    // chDB hands a failed statement's output out before the next answer of its session; a server does not.
    session.close();
    session = new Session(process.argv[2] ?? '');
  });
  const result = await run;
  response.writeHead(200, {
    'Content-Type': 'application/x-ndjson; charset=UTF-8',
    'X-ClickHouse-Query-Id': url.searchParams.get('query_id') ?? '',
    'X-ClickHouse-Summary': JSON.stringify({ read_rows: String(result.rowsRead), read_bytes: String(result.bytesRead) }),
  });
  response.end(Buffer.from(result.bytes()));
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => refuse(response, error instanceof Error ? error.message : String(error)));
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('SIGINT', () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
