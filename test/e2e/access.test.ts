import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardedRoute, guardedRoutes } from '../../app/http/access-guard.ts';
import { STAFF_ROLES, type StaffRole } from '../../core/index.ts';
import { addColleague, newOwner, type Owner, signInStaff, type StaffSession } from './testing/people.ts';
import { type RunningInstance, startInstance } from './testing/running-instance.ts';
import { SERVICE_TOKEN, SERVICES } from './testing/service-door.ts';

interface Reached {
  readonly status: number;
  readonly code: unknown;
}

type Ask = (method: string, path: string) => Promise<Reached>;

let instance: RunningInstance;
let routes: readonly GuardedRoute[];
let owner: Owner;
const staff = new Map<StaffRole, StaffSession>();
let asked = 0;

/** Each request from an address of its own, so that no throttle answers in place of the guard. */
function anywhere(): string {
  asked += 1;
  return `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`;
}

/** The fetch standard forbids to send these (https://fetch.spec.whatwg.org/#methods). */
const UNSENDABLE = new Set(['TRACE', 'CONNECT', 'TRACK']);
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const reached = (status: number, body: unknown): Reached => ({ status, code: (body as { code?: unknown } | null)?.code });

async function askWith(method: string, path: string, headers: Record<string, string>): Promise<Reached> {
  const body = READING.has(method) ? {} : { body: '{}' };
  const json = READING.has(method) ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${instance.place.baseUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: { 'x-forwarded-for': anywhere(), ...json, ...headers },
    ...body,
  });
  const text = await response.text();
  return reached(
    response.status,
    response.headers.get('content-type')?.includes('json') === true && text !== '' ? JSON.parse(text) : null,
  );
}

const asNobody: Ask = (method, path) => askWith(method, path, {});
const asService: Ask = (method, path) => askWith(method, path, { authorization: `Bearer ${SERVICE_TOKEN}` });
const asOwner: Ask = async (method, path) => {
  const answer = await owner.agent.api(method, path, READING.has(method) ? undefined : {});
  return reached(answer.status, answer.body);
};
const asStaff =
  (role: StaffRole): Ask =>
  async (method, path) => {
    const answer = await staff.get(role)?.send(method, path, READING.has(method) ? undefined : {});
    return reached(answer?.status ?? 0, answer?.body);
  };

/** A path of the route whose parameters name nothing that exists. */
const pathOf = ({ url }: GuardedRoute): string =>
  url.replace(/:\w+/g, '00000000-0000-7000-8000-000000000000').replace('*', 'nothing-of-this-name');

/** These end the very session that asks; what they do for their owner is tested where they live. */
const ENDS_SESSION = /^\/v1\/(me\/(lock|sessions\/revoke-all)|staff\/logout)$/;
beforeAll(async () => {
  instance = await startInstance(SERVICES);
  routes = guardedRoutes(instance.bulwark.server).filter(({ method }) => !UNSENDABLE.has(method));
  owner = await newOwner(instance.place, 'walker', '198.51.100.80');
  await Promise.all(
    STAFF_ROLES.map(async (role, index) => {
      const person = await addColleague(instance.bulwark, role.replaceAll('_', '-'), [role]);
      staff.set(role, await signInStaff(instance.place, person, `198.51.100.${90 + index}`));
    }),
  );
});

afterAll(async () => {
  await instance?.stop();
});

async function wrongOnes(walked: readonly GuardedRoute[], asks: Ask, fits: (answer: Reached) => boolean): Promise<string[]> {
  const wrong: string[] = [];
  for (const route of walked) {
    const answer = await asks(route.method, pathOf(route));
    // An answer to HEAD has no body to hold a code.
    const seen = route.method === 'HEAD' && answer.status === 403 ? { ...answer, code: 'forbidden' } : answer;
    if (!fits(seen)) wrong.push(`${route.method} ${route.url}: ${seen.status} ${String(seen.code)}`);
  }
  return wrong;
}

const of = (kind: GuardedRoute['access']['kind']): GuardedRoute[] => routes.filter(({ access }) => access.kind === kind);
const isUnauthenticated = ({ status }: Reached): boolean => status === 401;
const isForbidden = ({ status, code }: Reached): boolean => status === 403 && code === 'forbidden';
const isLetIn = (answer: Reached): boolean => answer.status < 500 && answer.status !== 401 && !isForbidden(answer);

describe('every route', () => {
  it('declares who may use it, and the public ones why', () => {
    expect(routes.length).toBeGreaterThan(60);
    for (const { access } of routes) if (access.kind === 'public') expect(access.why.length).toBeGreaterThan(10);
    expect(new Set(routes.map(({ access }) => access.kind))).toEqual(new Set(['public', 'owner', 'staff', 'service']));
  });

  it('of an owner is closed to nobody, services and staff, and open to the owner', async () => {
    for (const ask of [asNobody, asService, asStaff('admin')])
      expect(await wrongOnes(of('owner'), ask, isUnauthenticated)).toEqual([]);
    const lasting = of('owner').filter(({ url }) => !ENDS_SESSION.test(url));
    expect(await wrongOnes(lasting, asOwner, isLetIn)).toEqual([]);
  });

  it('of services is closed to nobody, owners and staff, and open to services', async () => {
    for (const ask of [asNobody, asOwner, asStaff('admin')])
      expect(await wrongOnes(of('service'), ask, isUnauthenticated)).toEqual([]);
    expect(await wrongOnes(of('service'), asService, isLetIn)).toEqual([]);
  });

  it('of staff is closed to nobody, owners and services', async () => {
    for (const ask of [asNobody, asOwner, asService]) expect(await wrongOnes(of('staff'), ask, isUnauthenticated)).toEqual([]);
  });

  it.each(STAFF_ROLES)('of staff lets a %s in exactly where the role is named', async (role) => {
    const open = routes.filter(
      ({ access, url }) => access.kind === 'staff' && access.anyOf.includes(role) && !ENDS_SESSION.test(url),
    );
    const shut = routes.filter(({ access }) => access.kind === 'staff' && !access.anyOf.includes(role));
    expect(await wrongOnes(open, asStaff(role), isLetIn)).toEqual([]);
    expect(await wrongOnes(shut, asStaff(role), isForbidden)).toEqual([]);
    expect(open.length).toBeGreaterThan(0);
  });

  it('of staff that changes something needs the token against cross-site requests', async () => {
    const changing = routes.filter(({ access, method }) => access.kind === 'staff' && !READING.has(method));
    expect(changing.length).toBeGreaterThan(3);
    for (const route of changing) {
      const answer = await staff.get('admin')?.http.send(route.method, pathOf(route), { body: {} });
      expect(answer, route.url).toMatchObject({ status: 403, body: { code: 'csrf' } });
    }
  });

  it('that is public answers a stranger without failing', async () => {
    expect(await wrongOnes(of('public'), asNobody, ({ status }) => status < 500)).toEqual([]);
  });
});
