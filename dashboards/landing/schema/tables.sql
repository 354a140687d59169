-- What ClickHouse holds. Every table is a ReplacingMergeTree whose key is fixed by the record itself, so that a record that is
-- delivered again collapses; read through the v_ views, which say FINAL. The deduplication window spans far more batches than
-- one redelivery does.

create table if not exists events (
  stream LowCardinality(String),
  id String,
  source LowCardinality(String),
  type LowCardinality(String),
  account_id String,
  event_time DateTime64(3, 'UTC'),
  logged_at DateTime64(3, 'UTC'),
  sequence UInt64,
  entity_id String,
  result LowCardinality(String),
  reason LowCardinality(String),
  attack LowCardinality(String),
  door LowCardinality(String),
  ip String,
  device_id String,
  session_id String,
  payee String,
  asset LowCardinality(String),
  amount Nullable(UInt256),
  amount_usd Nullable(Decimal(18, 2)),
  partition UInt16,
  offset UInt64,
  raw String codec(ZSTD(3)),
  index by_id id type bloom_filter granularity 4,
  index by_entity entity_id type bloom_filter granularity 4
) engine = ReplacingMergeTree
partition by toYYYYMM(event_time)
order by (stream, account_id, event_time, source, id)
settings non_replicated_deduplication_window = 10000;

create table if not exists verdicts (
  stream LowCardinality(String),
  id String,
  event_id String,
  event_source LowCardinality(String),
  event_type LowCardinality(String),
  account_id String,
  event_time DateTime64(3, 'UTC'),
  judged_at DateTime64(3, 'UTC'),
  expires_at DateTime64(3, 'UTC'),
  latency_ms Int64,
  revision UInt32,
  outcome LowCardinality(String),
  score UInt16,
  actions Array(LowCardinality(String)),
  rules Array(LowCardinality(String)),
  undecided Array(LowCardinality(String)),
  degraded LowCardinality(String),
  ip String,
  device_id String,
  country LowCardinality(String),
  asset LowCardinality(String),
  amount Nullable(UInt256),
  amount_usd Nullable(Decimal(18, 2)),
  arrival UInt64,
  source_partition UInt16,
  source_offset UInt64,
  rules_revision LowCardinality(String),
  models_revision LowCardinality(String),
  partition UInt16,
  offset UInt64,
  raw String codec(ZSTD(3)),
  index by_id id type bloom_filter granularity 4,
  index by_event event_id type bloom_filter granularity 4
) engine = ReplacingMergeTree
partition by toYYYYMM(event_time)
order by (stream, account_id, event_time, id)
settings non_replicated_deduplication_window = 10000;

-- One row a rule that fired (or, in shadow, would have). `sole` says that no other rule of the same standing fired on the event.
create table if not exists rule_hits (
  stream LowCardinality(String),
  rule LowCardinality(String),
  version LowCardinality(String),
  level LowCardinality(String),
  outcome LowCardinality(String),
  score Int32,
  shadow Bool,
  sole Bool,
  verdict_id String,
  verdict_outcome LowCardinality(String),
  event_id String,
  event_type LowCardinality(String),
  account_id String,
  event_time DateTime64(3, 'UTC'),
  judged_at DateTime64(3, 'UTC'),
  amount_usd Nullable(Decimal(18, 2))
) engine = ReplacingMergeTree
partition by toYYYYMM(event_time)
order by (stream, rule, shadow, event_time, verdict_id)
settings non_replicated_deduplication_window = 10000;

-- A score is a model's opinion between 0 and 1, quantised to 1/10,000 at its source; it is no money, so a float holds it.
create table if not exists model_scores (
  stream LowCardinality(String),
  model LowCardinality(String),
  version LowCardinality(String),
  score Float64,
  reasons Array(String),
  verdict_id String,
  verdict_outcome LowCardinality(String),
  event_id String,
  event_type LowCardinality(String),
  account_id String,
  event_time DateTime64(3, 'UTC'),
  judged_at DateTime64(3, 'UTC')
) engine = ReplacingMergeTree
partition by toYYYYMM(event_time)
order by (stream, model, event_time, verdict_id)
settings non_replicated_deduplication_window = 10000;

-- The newest report of an action wins: an action is reported again when its result changes.
create table if not exists actions (
  stream LowCardinality(String),
  id String,
  verdict_id String,
  account_id String,
  action LowCardinality(String),
  cause LowCardinality(String),
  result LowCardinality(String),
  at DateTime64(3, 'UTC'),
  partition UInt16,
  offset UInt64,
  raw String codec(ZSTD(3))
) engine = ReplacingMergeTree(at)
partition by toYYYYMM(at)
order by (stream, account_id, id)
settings non_replicated_deduplication_window = 10000;

create table if not exists alerts (
  stream LowCardinality(String),
  id String,
  event_id String,
  account_id String,
  severity LowCardinality(String),
  template LowCardinality(String),
  channel LowCardinality(String),
  result LowCardinality(String),
  at DateTime64(3, 'UTC'),
  partition UInt16,
  offset UInt64,
  raw String codec(ZSTD(3))
) engine = ReplacingMergeTree(at)
partition by toYYYYMM(at)
order by (stream, account_id, id, channel)
settings non_replicated_deduplication_window = 10000;

create table if not exists labels (
  stream LowCardinality(String),
  id String,
  event_id String,
  account_id String,
  label LowCardinality(String),
  by String,
  at DateTime64(3, 'UTC'),
  partition UInt16,
  offset UInt64,
  raw String codec(ZSTD(3))
) engine = ReplacingMergeTree(at)
partition by toYYYYMM(at)
order by (stream, event_id, id)
settings non_replicated_deduplication_window = 10000;

create table if not exists dead_letters (
  stream LowCardinality(String),
  id String,
  stage LowCardinality(String),
  reason LowCardinality(String),
  detail String,
  source_topic LowCardinality(String),
  source_partition UInt16,
  source_offset UInt64,
  line UInt64,
  at DateTime64(3, 'UTC'),
  raw String codec(ZSTD(3))
) engine = ReplacingMergeTree(at)
partition by toYYYYMM(at)
order by (stream, id)
settings non_replicated_deduplication_window = 10000;
