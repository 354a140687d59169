import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createForwardedClient } from './forwarded-client.ts';

const request = (remoteAddress: string, forwarded?: string) =>
  ({ headers: { 'x-forwarded-for': forwarded, 'user-agent': 'agent' }, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('the client behind proxies', () => {
  it('is the socket when no proxy is believed, whatever the header says', () => {
    expect(createForwardedClient([]).clientOf(request('198.51.100.7', '203.0.113.9')).ip).toBe('198.51.100.7');
  });

  it('is the nearest hop that is no proxy of ours: what a client wrote before it is not believed', () => {
    const forwarded = createForwardedClient(['10.0.0.0/8', '2001:db8::1']);
    expect(forwarded.clientOf(request('::ffff:10.0.0.2', '1.1.1.1, 203.0.113.9, 10.1.2.3')).ip).toBe('203.0.113.9');
    expect(forwarded.clientOf(request('2001:db8::1', '203.0.113.9')).ip).toBe('203.0.113.9');
    expect(forwarded.clientOf(request('203.0.113.50', '1.1.1.1')).ip).toBe('203.0.113.50');
  });

  it('drops what is no address', () => {
    expect(createForwardedClient(['10.0.0.2']).clientOf(request('10.0.0.2', "x'; drop table, unknown")).ip).toBe('10.0.0.2');
  });
});
