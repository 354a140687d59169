/** Names one partition: `wallet.events/3`. */
export function partitionKey(place: { readonly topic: string; readonly partition: number }): string {
  return `${place.topic}/${place.partition}`;
}

/** Names one record: `wallet.events/3/1024`. */
export function recordKey(place: {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint | string;
}): string {
  return `${place.topic}/${place.partition}/${place.offset}`;
}
