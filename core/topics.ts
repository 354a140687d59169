/** Topics of the road, and the partitions they are made with. */
export const TOPICS = {
  events: 'wallet.events',
  verdicts: 'risk.verdicts',
  actions: 'risk.actions',
  labels: 'risk.labels',
  deadLetters: 'dead-letters',
  /** Events of imports, in one partition, so that they arrive in the order of their file. */
  imports: 'imports',
} as const;

export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

/** Twelve divide evenly over 1, 2, 3, 4, 6 and 12 engine instances. */
export const EVENT_PARTITIONS = 12;
