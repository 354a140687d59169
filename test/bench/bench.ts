/** Figures by name; each name says its unit: `events_per_s`, `p99_ms`, `ratio`. */
export type Figures = Readonly<Record<string, number>>;

export interface Bench {
  readonly name: string;
  /** One line for `--help`. */
  readonly title: string;
  /** Runs the whole measurement; `say` tells a person what is going on (standard error). */
  run(say: (line: string) => void): Promise<Figures>;
}

/** Value below which `share` of the samples lie; nearest rank. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Three significant digits: more would claim what no single run knows. */
export function rounded(figure: number): number {
  return Number(figure.toPrecision(3));
}

export function perSecond(count: number, milliseconds: number): number {
  return rounded((count * 1_000) / milliseconds);
}
