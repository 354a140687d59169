import { randomUUID } from 'node:crypto';

export const SERVICE_TOKEN = 'a-service-token-of-the-tests-0123456789';
export const SERVICES = { SERVICE_TOKENS: `shop:${SERVICE_TOKEN}` } as const;

/** A card payment of another system, judged by the same engine. */
export function payment(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const payer = `payer-${randomUUID()}`;
  return {
    id: randomUUID(),
    type: 'payment.card.authorized',
    time: new Date().toISOString(),
    subject: payer,
    data: { payment_id: randomUUID(), payer, terminal: 'terminal-1', amount: '1000', asset: 'iso4217:USD' },
    ...change,
  };
}

export interface DoorAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

/** Sends as the service `shop`; a body that is a string goes as it is. */
export async function postAsService(url: string, body: unknown, headers: Record<string, string> = {}): Promise<DoorAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${SERVICE_TOKEN}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    type,
    body: type.includes('json') ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}
