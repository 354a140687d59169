import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Channel, ChannelMessage } from './port.ts';

/** A channel under test, with a way to see what its recipients got. */
export interface ChannelSubject {
  readonly channel: Channel;
  readonly recipient: string;
  /** Delivery id, subject and text of the recipient's messages, in the order of arrival. */
  received(): Promise<readonly { readonly deliveryId: string; readonly subject: string; readonly text: string }[]>;
  /** The same channel as a new process would open it. */
  reopen(): Promise<Channel>;
  close(): Promise<void>;
}

/** What every channel must do, run by each adapter's own test. */
export function describeChannel(name: string, open: () => Promise<ChannelSubject>): void {
  describe(`channel contract: ${name}`, () => {
    let subject: ChannelSubject;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());

    function message(change: Partial<ChannelMessage> = {}): ChannelMessage {
      return {
        deliveryId: randomUUID(),
        recipient: subject.recipient,
        locale: 'zh',
        subject: '新设备登录 “Chrome”',
        text: 'line one\n第二行 🔒',
        severity: 'high',
        payload: { nested: { list: [1, 'two'] } },
        ...change,
      };
    }

    async function textsOf(deliveryId: string): Promise<string[]> {
      return (await subject.received()).filter((each) => each.deliveryId === deliveryId).map((each) => each.text);
    }

    it('delivers subject and text as they are', async () => {
      const sent = message();
      expect(await subject.channel.deliver(sent)).toMatchObject({ ok: true });
      const got = (await subject.received()).find((each) => each.deliveryId === sent.deliveryId);
      expect(got).toEqual({ deliveryId: sent.deliveryId, subject: sent.subject, text: sent.text });
    });

    it('shows a delivery once, however often it is tried, with the same receipt', async () => {
      const sent = message();
      const first = await subject.channel.deliver(sent);
      const second = await subject.channel.deliver({ ...sent, text: 'a retry may carry another link' });
      expect(second).toEqual(first);
      expect(await textsOf(sent.deliveryId)).toEqual([sent.text]);
    });

    it('shows a delivery once when tried by many at the same instant', async () => {
      const sent = message();
      const results = await Promise.all(Array.from({ length: 10 }, () => subject.channel.deliver(sent)));
      expect(results.every((result) => result.ok)).toBe(true);
      expect(await textsOf(sent.deliveryId)).toHaveLength(1);
    });

    it('keeps what it acknowledged for a new process, and knows it there', async () => {
      const sent = message({ text: 'before the restart' });
      await subject.channel.deliver(sent);
      const reopened = await subject.reopen();
      expect(await reopened.deliver({ ...sent, text: 'after' })).toMatchObject({ ok: true });
      expect(await textsOf(sent.deliveryId)).toEqual(['before the restart']);
      await reopened.close();
    });

    it.each(['', '../../escape', 'a/b', 'x'.repeat(500)])('refuses the delivery id %j for good', async (deliveryId) => {
      expect(await subject.channel.deliver(message({ deliveryId }))).toMatchObject({ ok: false, error: 'permanent' });
    });

    it('says what it is', () => {
      expect(subject.channel.description).toMatchObject({ port: 'channels', durable: true });
      expect(subject.channel.description.why).not.toBe('');
    });
  });
}
