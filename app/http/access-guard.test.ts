import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { type Principal, refuse, STAFF_ROLES, succeed } from '../../core/index.ts';
import type { RouteAccess } from '../../platform/http/index.ts';
import { guardAccess, permits } from './access-guard.ts';

const owner = { kind: 'owner', accountId: 'a', sessionId: 's', deviceId: 'd' } as unknown as Principal;
const staff = (...roles: readonly string[]) => ({ kind: 'staff', staffId: 'x', sessionId: 's', roles }) as unknown as Principal;
const service = { kind: 'service', name: 'n', scopes: ['events:write'] } as const;

describe('access', () => {
  it.each<[RouteAccess, Principal, boolean]>([
    [{ kind: 'owner' }, owner, true],
    [{ kind: 'owner' }, staff('admin'), false],
    [{ kind: 'owner' }, service, false],
    [{ kind: 'staff', anyOf: ['analyst', 'approver'] }, staff('approver'), true],
    [{ kind: 'staff', anyOf: ['analyst'] }, staff('viewer', 'auditor'), false],
    [{ kind: 'staff', anyOf: [...STAFF_ROLES] }, owner, false],
    [{ kind: 'service', scope: 'events:write' }, service, true],
    [{ kind: 'service', scope: 'events:read' }, service, false],
    [{ kind: 'service', scope: 'events:write' }, staff('admin'), false],
  ])('%j and %j: %s', (access, principal, allowed) => {
    expect(permits(access, principal)).toBe(allowed);
  });

  it('refuses a route that does not say who may call it', async () => {
    const server = Fastify();
    guardAccess(server, noOne, () => ({ ip: '127.0.0.1', userAgent: '' }));
    expect(() => server.get('/open', async () => 'open')).toThrow('declares no access');
    await server.close();
  });

  it('runs no handler for who is not known, not permitted, throttled or cross-site', async () => {
    const server = Fastify();
    let reached = 0;
    guardAccess(server, { ...noOne, staff: async () => succeed(staff('viewer')) }, () => ({ ip: '127.0.0.1', userAgent: '' }));
    const handler = async (): Promise<string> => {
      reached += 1;
      return 'reached';
    };
    server.get('/owner', { config: { access: { kind: 'owner' } } }, handler);
    server.get('/analyst', { config: { access: { kind: 'staff', anyOf: ['analyst'] } } }, handler);
    server.get('/viewer', { config: { access: { kind: 'staff', anyOf: ['viewer'] } } }, handler);
    expect((await server.inject('/owner')).statusCode).toBe(429);
    expect((await server.inject('/analyst')).json()).toMatchObject({ status: 403, code: 'forbidden' });
    expect(reached).toBe(0);
    expect((await server.inject('/viewer')).body).toBe('reached');
    await server.close();
  });
});

const noOne = {
  owner: async () => refuse('rate_limited', 'slower'),
  staff: async () => refuse('staff_session_missing', 'sign in'),
  service: async () => refuse('token_missing', 'no token'),
};
