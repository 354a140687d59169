import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';

/** The key of this device: its private half can sign, and cannot be read by anybody, this page included. */
export interface DeviceKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  /** RFC 7638 thumbprint: what the server calls the device id. */
  readonly thumbprint: string;
}

const DATABASE = 'bulwark-wallet';
const STORE = 'keys';
const NAME = 'device';

function settle<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('the browser refused its storage')));
  });
}

async function withStore<Value>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<Value>): Promise<Value> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE));
  const database = await settle(opening);
  try {
    return await settle(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** A new ES256 key whose private half is not extractable. */
export async function makeDeviceKey(): Promise<DeviceKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const publicJwk = await exportJWK(pair.publicKey);
  return { privateKey: pair.privateKey, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk) };
}

/** This browser's key; made the first time. Two tabs that start at once agree on one. */
export function deviceKey(): Promise<DeviceKey> {
  return navigator.locks.request('bulwark-device-key', async () => {
    const stored = await withStore<DeviceKey | undefined>(
      'readonly',
      (store) => store.get(NAME) as IDBRequest<DeviceKey | undefined>,
    );
    if (stored !== undefined) return stored;
    const made = await makeDeviceKey();
    await withStore('readwrite', (store) => store.put(made, NAME));
    return made;
  });
}

/** Forgets the key, so that the next sign-in makes another: for a device that was removed from the account. */
export async function forgetDeviceKey(): Promise<void> {
  await withStore('readwrite', (store) => store.delete(NAME));
}
