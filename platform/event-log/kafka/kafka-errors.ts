import { OutsideError } from '../../../core/index.ts';

interface Meaning {
  readonly code: string;
  readonly retryable: boolean;
  readonly advice: string;
}

const UNREACHABLE: Meaning = {
  code: 'kafka_unreachable',
  retryable: true,
  advice: 'no broker answers: start Kafka, or correct KAFKA_BROKERS',
};
const UNAVAILABLE: Meaning = {
  code: 'kafka_unavailable',
  retryable: true,
  advice: 'the cluster is electing leaders or moving partitions',
};
const TIMEOUT: Meaning = { code: 'kafka_timeout', retryable: true, advice: 'a broker did not answer in time' };
const FORBIDDEN: Meaning = {
  code: 'kafka_not_authorized',
  retryable: false,
  advice: 'the access rules of Kafka (ACLs) do not permit this to our user',
};
const TOO_LARGE: Meaning = {
  code: 'record_too_large',
  retryable: false,
  advice: 'the broker takes smaller messages only: raise message.max.bytes',
};
const FENCED: Meaning = {
  code: 'kafka_producer_fenced',
  retryable: true,
  advice: 'the broker no longer knows our producer; the next call makes a new one',
};

/** By class: what an error says of `retriable` is of no use, since kafkajs defaults it to true. */
const BY_CLASS: Readonly<Record<string, Meaning>> = {
  KafkaJSConnectionError: UNREACHABLE,
  KafkaJSConnectionClosedError: UNREACHABLE,
  KafkaJSBrokerNotFound: UNREACHABLE,
  KafkaJSNoBrokerAvailableError: UNREACHABLE,
  KafkaJSGroupCoordinatorNotFound: UNAVAILABLE,
  KafkaJSMetadataNotLoaded: UNAVAILABLE,
  KafkaJSTopicMetadataNotLoaded: UNAVAILABLE,
  KafkaJSStaleTopicMetadataAssignment: UNAVAILABLE,
  KafkaJSRequestTimeoutError: TIMEOUT,
  KafkaJSTimeout: TIMEOUT,
  KafkaJSLockTimeout: TIMEOUT,
  KafkaJSSASLAuthenticationError: {
    code: 'kafka_auth_failed',
    retryable: false,
    advice: 'the broker refuses the user or the password',
  },
  KafkaJSServerDoesNotSupportApiKey: {
    code: 'kafka_version_unsupported',
    retryable: false,
    advice: 'the broker speaks a protocol version that kafkajs does not',
  },
};

/** By error name of the protocol: https://kafka.apache.org/protocol.html#protocol_error_codes */
const BY_TYPE: Readonly<Record<string, Meaning>> = {
  UNKNOWN_TOPIC_OR_PARTITION: {
    code: 'topic_missing',
    retryable: false,
    advice: 'the topic does not exist: make it with ensureTopics',
  },
  TOPIC_AUTHORIZATION_FAILED: FORBIDDEN,
  GROUP_AUTHORIZATION_FAILED: FORBIDDEN,
  CLUSTER_AUTHORIZATION_FAILED: FORBIDDEN,
  MESSAGE_TOO_LARGE: TOO_LARGE,
  RECORD_LIST_TOO_LARGE: TOO_LARGE,
  NOT_ENOUGH_REPLICAS: {
    code: 'kafka_replicas_missing',
    retryable: true,
    advice: 'too few replicas are in sync to make a record durable',
  },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: {
    code: 'kafka_replicas_missing',
    retryable: true,
    advice: 'too few replicas are in sync to make a record durable',
  },
  OUT_OF_ORDER_SEQUENCE_NUMBER: FENCED,
  UNKNOWN_PRODUCER_ID: FENCED,
  INVALID_PRODUCER_EPOCH: FENCED,
  REQUEST_TIMED_OUT: TIMEOUT,
  LEADER_NOT_AVAILABLE: UNAVAILABLE,
  NOT_LEADER_FOR_PARTITION: UNAVAILABLE,
  REPLICA_NOT_AVAILABLE: UNAVAILABLE,
  COORDINATOR_NOT_AVAILABLE: UNAVAILABLE,
  GROUP_COORDINATOR_NOT_AVAILABLE: UNAVAILABLE,
  GROUP_LOAD_IN_PROGRESS: UNAVAILABLE,
  NOT_COORDINATOR_FOR_GROUP: UNAVAILABLE,
  REBALANCE_IN_PROGRESS: UNAVAILABLE,
};

function meaningOfOne(error: Error): Meaning | null {
  const type: unknown = 'type' in error ? error.type : undefined;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /CERT|TLS|SSL|SELF_SIGNED/.test(code))
    return { code: 'kafka_tls_refused', retryable: false, advice: 'the certificate of the broker is not trusted' };
  return (typeof type === 'string' ? BY_TYPE[type] : undefined) ?? BY_CLASS[error.name] ?? null;
}

/** kafkajs wraps what happened into “retries exceeded”, and several failures into an aggregate. */
function innerOf(error: Error): unknown {
  return 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error.cause;
}

/** The innermost cause says most. */
function meaningOf(error: Error, depth = 0): Meaning | null {
  const inner = innerOf(error);
  const deeper = inner instanceof Error && depth < 8 ? meaningOf(inner, depth + 1) : null;
  return deeper ?? meaningOfOne(error);
}

/** The error name of the protocol, along the causes; null for what did not come from a broker. */
export function kafkaType(error: unknown, depth = 0): string | null {
  if (!(error instanceof Error) || depth > 8) return null;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return kafkaType(innerOf(error), depth + 1);
}

/** What Kafka or the way to it did becomes an `OutsideError` that names the brokers; any other error is given back untouched. */
export function toOutsideError(error: unknown, brokers: readonly string[]): unknown {
  if (!(error instanceof Error) || error instanceof OutsideError) return error;
  const meaning =
    meaningOf(error) ??
    (error.name.startsWith('KafkaJS') ? { code: 'kafka_failed', retryable: false, advice: 'Kafka refused' } : null);
  if (meaning === null) return error;
  return new OutsideError(meaning.code, `Kafka at ${brokers.join(', ')}: ${meaning.advice} (${error.message})`, {
    retryable: meaning.retryable,
    cause: error,
  });
}
