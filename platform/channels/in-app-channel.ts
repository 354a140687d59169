import { isUuid, OutsideError } from '../../core/index.ts';
import type { Channel, ChannelMessage, DeliveryResult } from './port.ts';

/** Where messages to a person's screens are kept; the live hub and the person's list read the same rows. */
export interface InAppInbox {
  /**
   * Keeps the message once per delivery id and gives its position among the recipient's messages (1, 2, 3, … without gaps).
   * Wakes the live connections of the recipient once it is durable.
   */
  save(message: ChannelMessage): Promise<{ readonly position: bigint }>;
}

/** The channel to people's own screens: kept first, shown live second, so a closed screen loses nothing. */
export function createInAppChannel(options: { inbox: InAppInbox; why?: string }): Channel {
  async function deliver(message: ChannelMessage): Promise<DeliveryResult> {
    if (!isUuid(message.deliveryId)) return { ok: false, error: 'permanent', reason: 'delivery_id_malformed' };
    if (message.recipient === '') return { ok: false, error: 'permanent', reason: 'recipient_missing' };
    try {
      const { position } = await options.inbox.save(message);
      return { ok: true, receipt: position.toString() };
    } catch (error) {
      if (error instanceof OutsideError)
        return { ok: false, error: error.retryable ? 'unknown' : 'permanent', reason: error.code };
      throw error;
    }
  }
  return {
    description: {
      port: 'channels',
      adapter: 'in-app over WebSocket',
      durable: true,
      developmentOnly: false,
      why: options.why ?? 'always on',
    },
    name: 'in_app',
    deliver,
    close: () => Promise.resolve(),
  };
}
