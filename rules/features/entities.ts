import type { KeyPart } from './definition.ts';

/** Entities that features are kept for, and the facts that name them, the first present one first. */
export const ENTITIES: Readonly<Record<string, KeyPart>> = {
  account: { facts: ['event.subject'], lowerCase: false },
  device: { facts: ['data.client.device_id', 'data.device_id'], lowerCase: false },
  session: { facts: ['data.session_id', 'data.client.session_id'], lowerCase: false },
  ip: { facts: ['data.client.ip'], lowerCase: false },
  subnet: { facts: ['client.subnet'], lowerCase: false },
  identifier: { facts: ['data.identifier_hash'], lowerCase: false },
  /** Addresses come in EIP-55 mixed case and in lower case. */
  payee: { facts: ['data.payee', 'data.address'], lowerCase: true },
  funder: { facts: ['data.from'], lowerCase: true },
  payer: { facts: ['data.payer'], lowerCase: false },
  terminal: { facts: ['data.terminal'], lowerCase: false },
};

/** An entity by name, or any fact that holds a string (“data.grant_id”). */
export function keyPart(name: string): KeyPart {
  return ENTITIES[name] ?? { facts: [name], lowerCase: false };
}
