import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import type { LogRecord } from '../port.ts';

/** Bytes of one send. A broker takes 1,048,588 bytes a partition by default (`message.max.bytes`), and a send may go to one partition whole. */
const SEND_BYTES_MAX = 900 * 1024;
/** What the record format adds to a key, a value and headers; an upper bound. */
const OVERHEAD_BYTES = 64;

export interface KafkaProducer {
  send(topic: string, records: readonly LogRecord[]): Promise<void>;
  close(): Promise<void>;
}

function* chunksOf(records: readonly LogRecord[]): Generator<LogRecord[]> {
  let chunk: LogRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size =
      Buffer.byteLength(record.value) +
      Buffer.byteLength(record.key) +
      Buffer.byteLength(JSON.stringify(record.headers)) +
      OVERHEAD_BYTES;
    if (chunk.length > 0 && bytes + size > SEND_BYTES_MAX) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** Acknowledged by all in-sync replicas, and idempotent: a retry inside kafkajs does not append twice. */
export function createKafkaProducer(kafka: Kafka): KafkaProducer {
  let current: Promise<Producer> | null = null;

  async function connect(): Promise<Producer> {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }

  /**
   * After a failed send the broker may have taken records under sequence numbers that this producer would give again to others,
   * and would then drop those as repeated. A new producer has a new id and begins anew.
   */
  async function discard(): Promise<void> {
    const failed = current;
    current = null;
    const producer = await failed?.catch(() => null);
    await producer?.disconnect().catch(() => {});
  }

  return {
    async send(topic, records) {
      try {
        current ??= connect();
        const producer = await current;
        for (const chunk of chunksOf(records)) {
          const messages = chunk.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } }));
          await producer.send({ topic, acks: -1, messages });
        }
      } catch (error) {
        await discard();
        throw error;
      }
    },
    close: discard,
  };
}
