import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.ts';
import { describeChannel } from './contract.ts';
import { type ChannelMessage, openDiskOutbox, readDiskOutbox } from './index.ts';

const clock = new ManualClock(Date.parse('2026-11-21T14:02:00Z'));

function message(deliveryId: string, text = 'hello'): ChannelMessage {
  const rest = { locale: 'en', subject: 'Your code', severity: 'info', payload: {} } as const;
  return { deliveryId, recipient: 'ana@example.org', text, ...rest };
}

describeChannel('outbox_on_disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bulwark-outbox-'));
  return {
    channel: await openDiskOutbox({ directory, clock }),
    recipient: 'ana@example.org',
    received: async () =>
      (await readDiskOutbox(directory, 'ana@example.org')).map(({ deliveryId, subject, text }) => ({
        deliveryId,
        subject,
        text,
      })),
    reopen: () => openDiskOutbox({ directory, clock }),
    close: () => rm(directory, { recursive: true }),
  };
});

describe('messages on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bulwark-outbox-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('writes a text for people, readable by the owner alone, and leaves no temporary files', async () => {
    const outbox = await openDiskOutbox({ directory, clock });
    await outbox.deliver(message('one', 'code 123456'));
    expect(await readFile(join(directory, 'one.txt'), 'utf8')).toBe(
      'To: ana@example.org\nSubject: Your code\nDate: 2026-11-21T14:02:00.000Z\nDelivery: one\n\ncode 123456\n',
    );
    expect((await stat(join(directory, 'one.json'))).mode & 0o077).toBe(0);
    expect((await readdir(directory)).toSorted()).toEqual(['one.json', 'one.txt']);
  });

  it('keeps the newest messages only', async () => {
    const outbox = await openDiskOutbox({ directory, clock, messagesMax: 10 });
    for (let index = 0; index < 50; index += 1) await outbox.deliver(message(`m${index}`));
    const left = (await readDiskOutbox(directory)).map((each) => each.deliveryId);
    expect(left.toSorted()).toEqual(Array.from({ length: 10 }, (_, index) => `m${40 + index}`));
  });

  it('refuses a message that is too large', async () => {
    const outbox = await openDiskOutbox({ directory, clock });
    expect(await outbox.deliver(message('big', 'x'.repeat(70_000)))).toEqual({
      ok: false,
      error: 'permanent',
      reason: 'message_too_large',
    });
  });

  it('answers “unknown” when the folder is gone, and delivers once it is back', async () => {
    const inner = join(directory, 'inner');
    const outbox = await openDiskOutbox({ directory: inner, clock });
    await rm(inner, { recursive: true });
    expect(await outbox.deliver(message('one'))).toEqual({ ok: false, error: 'unknown', reason: 'ENOENT' });
    const again = await openDiskOutbox({ directory: inner, clock });
    expect(await again.deliver(message('one'))).toMatchObject({ ok: true });
  });

  it('says which folder it cannot make', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await chmod(file, 0o600);
    await expect(openDiskOutbox({ directory: join(file, 'inner'), clock })).rejects.toMatchObject({ code: 'outbox_unwritable' });
  });
});
