import { KafkaJSConnectionError, KafkaJSError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs';
import { expect, test } from 'vitest';
import { openKafkaEventLog } from './open-kafka-event-log.ts';
import { kafkaType, toOutsideError } from './kafka-errors.ts';

const protocol = (type: string, code: number): KafkaJSProtocolError =>
  new KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable: true }));
/** Classes whose constructors kafkajs does not declare as they are. */
const named = (name: string): Error => Object.assign(new Error(name), { name });
const exhausted = (cause: Error): Error => new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 5, retryTime: 100 });

test.each([
  [new KafkaJSConnectionError('refused'), 'kafka_unreachable', true],
  [exhausted(new KafkaJSConnectionError('refused')), 'kafka_unreachable', true],
  [named('KafkaJSSASLAuthenticationError'), 'kafka_auth_failed', false],
  [exhausted(named('KafkaJSRequestTimeoutError')), 'kafka_timeout', true],
  [exhausted(protocol('UNKNOWN_TOPIC_OR_PARTITION', 3)), 'topic_missing', false],
  [protocol('MESSAGE_TOO_LARGE', 10), 'record_too_large', false],
  [
    Object.assign(new Error('several'), { name: 'KafkaJSAggregateError', errors: [protocol('TOPIC_AUTHORIZATION_FAILED', 29)] }),
    'kafka_not_authorized',
    false,
  ],
  [exhausted(protocol('NOT_ENOUGH_REPLICAS', 19)), 'kafka_replicas_missing', true],
  [Object.assign(new KafkaJSConnectionError('tls'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'kafka_tls_refused', false],
  // Its own `retriable` is true by default, which says nothing.
  [new KafkaJSError('something new'), 'kafka_failed', false],
])('%s', (error, code, retryable) => {
  expect(toOutsideError(error, ['b:1'])).toMatchObject({
    name: 'OutsideError',
    code,
    retryable,
    message: expect.stringContaining('b:1'),
  });
});

test('a bug stays a bug', () => {
  const bug = new TypeError('x is not a function');
  expect(toOutsideError(bug, ['b:1'])).toBe(bug);
  expect(kafkaType(bug)).toBeNull();
});

test('no broker is an error that says where and what to do', async () => {
  const opening = openKafkaEventLog({ brokers: ['127.0.0.1:1'], clientId: 'test', retryCountMax: 0 });
  await expect(opening).rejects.toMatchObject({
    code: 'kafka_unreachable',
    retryable: true,
    message: expect.stringMatching(/127\.0\.0\.1:1.*KAFKA_BROKERS/),
  });
});
