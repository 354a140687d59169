export type { EventLog, LogRecord, PartitionEnds, StoredRecord, SubscribeOptions, Subscription } from './port.ts';
export { openKafkaEventLog, type KafkaEventLogOptions } from './kafka/open-kafka-event-log.ts';
export { eventLogMigrations, openSqlEventLog, type SqlEventLogOptions } from './sql/open-sql-event-log.ts';
export { partitionOf } from './partition-of.ts';
export { LOG_LIMITS } from './record-limits.ts';
