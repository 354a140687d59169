import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDiskOutbox } from '../../../platform/channels/index.ts';

const CODE = /\b\d{6}\b/;
/** A mail whose sender was killed never comes: who waits gives up and asks for another. */
const WAIT_MS_MAX = 20_000;

/** Reads codes out of the on-disk outbox as their addressee would: the code of each mail once, waiting for the next mail. */
export function createMailReader(dataDirectory: string): (email: string) => Promise<string> {
  const used = new Set<string>();
  return async (email) => {
    for (const end = performance.now() + WAIT_MS_MAX; performance.now() < end; await sleep(20)) {
      const mails = await readDiskOutbox(join(dataDirectory, 'outbox'), email);
      const fresh = mails.filter((mail) => !used.has(mail.deliveryId) && CODE.test(mail.text));
      for (const mail of fresh) used.add(mail.deliveryId);
      const code = CODE.exec(fresh.at(-1)?.text ?? '')?.[0];
      if (code !== undefined) return code;
    }
    throw new Error(`no mail came to ${email}`);
  };
}
