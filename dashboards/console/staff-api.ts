import { fetchAnswer, readJson, readProblem } from '../ui-kit/index.ts';
import type { StaffMe } from './api-types.ts';

const LOGIN = '/staff/login';
let csrfToken = '';

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = method === 'GET' ? {} : { 'x-csrf-token': csrfToken };
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetchAnswer(path, { method, headers, cache: 'no-store', ...json });
  if (response.ok) return response;
  const problem = await readProblem(response);
  // The session is a cookie of the server's; where it is missing or over, its login page is the only way on.
  if (response.status === 401) location.assign(LOGIN);
  throw problem;
}

/** Asks the staff API by the session cookie. Throws ApiProblem; without a session it leaves for the login page. */
export async function callStaff<Value>(method: string, path: string, body?: unknown): Promise<Value> {
  return readJson<Value>(await call(method, path, body));
}

/** Who is signed in; keeps the token that changes need. */
export async function readStaffMe(): Promise<StaffMe> {
  const me = await callStaff<StaffMe>('GET', '/v1/staff/me');
  csrfToken = me.csrf_token;
  return me;
}

export async function signOutStaff(): Promise<void> {
  await call('POST', '/v1/staff/logout');
  location.assign(LOGIN);
}
