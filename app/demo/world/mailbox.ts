import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DiskOutboxMessage } from '../../../platform/channels/index.ts';

/** What people find in their mail: the on-disk outbox, each file read once. */
export interface Mailbox {
  /** The next code mailed to the address that nobody has read yet; waits for it. */
  nextCode(email: string): Promise<string>;
}

const POLL_MS = 50;
/** A code is mailed before the request that asks for it is answered; a minute is a broken outbox. */
const WAIT_MS_MAX = 60_000;
const CODE_KINDS: ReadonlySet<unknown> = new Set(['sign_up_code', 'login_code']);

export function createMailbox(directory: string): Mailbox {
  const seen = new Set<string>();
  const unread = new Map<string, string[]>();
  let reading: Promise<void> | null = null;

  async function take(name: string): Promise<void> {
    const message = JSON.parse(await readFile(join(directory, name), 'utf8')) as DiskOutboxMessage;
    const code = /\b\d{6}\b/.exec(message.text)?.[0];
    if (code === undefined || !CODE_KINDS.has(message.payload.kind)) return;
    unread.set(message.recipient, [...(unread.get(message.recipient) ?? []), code]);
  }

  async function readNew(): Promise<void> {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.json') && !seen.has(name));
    for (const name of names) {
      seen.add(name);
      await take(name);
    }
  }

  async function look(): Promise<void> {
    reading ??= readNew().finally(() => (reading = null));
    await reading;
  }

  return {
    async nextCode(email) {
      for (const end = Date.now() + WAIT_MS_MAX; Date.now() < end; await sleep(POLL_MS)) {
        await look();
        const code = unread.get(email)?.shift();
        if (code !== undefined) return code;
      }
      throw new Error(`no code was mailed to ${email}`);
    },
  };
}
