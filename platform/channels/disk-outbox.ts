import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, OutsideError } from '../../core/index.ts';
import type { Channel, ChannelMessage, DeliveryResult } from './port.ts';

/** Becomes a file name, so nothing that could leave the folder. */
const DELIVERY_ID = /^[A-Za-z0-9_-]{1,128}$/;
/** A message of an honest template is under 4 KiB; at 64 KiB × 1,000 the folder stays under 64 MiB. */
const MESSAGE_BYTES_MAX = 64 * 1024;
/** An inbox that a developer reads by eye; the oldest messages make room. */
const MESSAGES_MAX = 1_000;
/** Counting the folder costs a `readdir`, so it is done once in so many deliveries; the bound is exceeded by at most this. */
const PRUNE_EVERY = 50;

/** One message as it lies in the folder. */
export interface DiskOutboxMessage extends ChannelMessage {
  /** When it was written, RFC 3339. */
  readonly at: string;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Readers see the whole file or none, and what was acknowledged survives a loss of power. */
async function writeAtomically(directory: string, name: string, content: string, tag: string): Promise<void> {
  const temporary = join(directory, `.${name}.${tag}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(directory, name));
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function asText(message: DiskOutboxMessage): string {
  const head = [
    `To: ${message.recipient}`,
    `Subject: ${message.subject}`,
    `Date: ${message.at}`,
    `Delivery: ${message.deliveryId}`,
  ];
  return `${head.join('\n')}\n\n${message.text}\n`;
}

async function prune(directory: string, keep: number): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
  if (names.length <= keep) return;
  const aged = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })));
  const old = aged.toSorted((left, right) => left.at - right.at).slice(0, names.length - keep);
  for (const { name } of old) {
    await rm(join(directory, name), { force: true });
    await rm(join(directory, name.replace(/\.json$/, '.txt')), { force: true });
  }
}

/**
 * A channel that lays each message into a folder as `DELIVERY.json` and, for people, `DELIVERY.txt`: e-mails in development.
 * The same delivery id is written once. Files are readable by their owner alone, as they carry codes and links.
 * Throws `OutsideError` `outbox_unwritable` when the folder cannot be made.
 */
export async function openDiskOutbox(options: {
  readonly directory: string;
  readonly clock: Clock;
  readonly why?: string;
  readonly messagesMax?: number;
}): Promise<Channel> {
  const { directory, clock } = options;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new OutsideError(
      'outbox_unwritable',
      `the message folder ${directory} cannot be made; check its parent's permissions`,
      {
        retryable: false,
        cause,
      },
    );
  }
  let deliveries = 0;

  async function deliver(message: ChannelMessage): Promise<DeliveryResult> {
    if (!DELIVERY_ID.test(message.deliveryId)) return { ok: false, error: 'permanent', reason: 'delivery_id_malformed' };
    const stored: DiskOutboxMessage = { ...message, at: new Date(clock.now()).toISOString() };
    const json = `${JSON.stringify(stored, null, 2)}\n`;
    if (Buffer.byteLength(json) > MESSAGE_BYTES_MAX) return { ok: false, error: 'permanent', reason: 'message_too_large' };
    const name = message.deliveryId;
    try {
      if (await exists(join(directory, `${name}.json`))) return { ok: true, receipt: `${name}.json` };
      deliveries += 1;
      const tag = `${process.pid}-${deliveries}`;
      // The .json is the mark that the message is there, so it comes last.
      await writeAtomically(directory, `${name}.txt`, asText(stored), tag);
      await writeAtomically(directory, `${name}.json`, json, tag);
      if (deliveries % PRUNE_EVERY === 0) await prune(directory, options.messagesMax ?? MESSAGES_MAX);
    } catch (error) {
      return { ok: false, error: 'unknown', reason: (error as NodeJS.ErrnoException).code ?? 'write_failed' };
    }
    return { ok: true, receipt: `${name}.json` };
  }

  return {
    description: {
      port: 'channels',
      adapter: `messages on disk in ${directory}`,
      durable: true,
      developmentOnly: true,
      why: options.why ?? 'no mail server is set',
    },
    name: 'outbox_on_disk',
    deliver,
    close: () => Promise.resolve(),
  };
}

/** Messages in the folder, oldest first, of one recipient or of all. For developers, the demo and end-to-end tests. */
export async function readDiskOutbox(directory: string, recipient?: string): Promise<DiskOutboxMessage[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
  const messages: DiskOutboxMessage[] = [];
  for (const name of names) {
    const message = JSON.parse(await readFile(join(directory, name), 'utf8')) as DiskOutboxMessage;
    if (recipient === undefined || message.recipient === recipient) messages.push(message);
  }
  return messages.toSorted((left, right) => left.at.localeCompare(right.at));
}
