import { createConnection } from 'node:net';
import { OutsideError, SECOND_MS } from '../../core/index.ts';

/** A server that takes no connection by then is away for us. */
const CONNECT_MS_MAX = 3 * SECOND_MS;

function accepts(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    const answer = (there: boolean) => () => {
      socket.destroy();
      resolve(there);
    };
    socket.setTimeout(CONNECT_MS_MAX, answer(false));
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
  });
}

/**
 * Asks whether one of `host:port` takes connections, because kafkajs tells only after a quarter of a minute that none does.
 * Throws OutsideError `kafka_unreachable` (retryable).
 */
export async function assertAnyAccepts(brokers: readonly string[]): Promise<void> {
  const answers = await Promise.all(brokers.map(accepts));
  if (answers.includes(true)) return;
  const message = `Kafka at ${brokers.join(', ')} takes no connection: start it, or correct KAFKA_BROKERS`;
  throw new OutsideError('kafka_unreachable', message, { retryable: true });
}
