/** The variables that fixtures read; everything else comes in as arguments. */
export const environment = {
  /** `REQUIRE_SERVICES=1`: a missing service is a failure, not a skip. */
  servicesRequired: process.env.REQUIRE_SERVICES === '1',
  /** `host:port,host:port` of a Kafka to test against, instead of one of our own. */
  kafkaBrokers: process.env.KAFKA_BROKERS ?? null,
  /** A PostgreSQL to run the contract against, beside the embedded ones. */
  sqlUrl: process.env.SQL_URL ?? null,
  /** A ClickHouse server to run the analytics contract against; the fixtures cannot bring one. */
  clickhouseUrl: process.env.CLICKHOUSE_URL ?? null,
  javaHome: process.env.JAVA_HOME ?? null,
  /** Where programs of the machine are looked for. */
  path: process.env.PATH ?? '',
} as const;
