import { describe, test } from 'vitest';
import { environment } from './environment.ts';

/** What looking for a service gave: how to start it (or join the one that runs), or why it cannot be had. */
export type FoundService<Service> =
  | { readonly ok: true; start(): Promise<Service> }
  | { readonly ok: false; readonly reason: string };

export interface ServiceFixture<Service> {
  /** `kafka`, `redis`, …: as the closing lines name it. */
  readonly name: string;
  find(): Promise<FoundService<Service>>;
}

/** The one service that `REQUIRE_SERVICES=1` lets be missing: a server of ClickHouse is in no package that the fixtures can fetch. */
const NEVER_REQUIRED = 'clickhouse-server';

export type ServiceDecision<Service> =
  | { readonly kind: 'run'; start(): Promise<Service> }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string };

/** Whether tests that need the service run, are skipped with a reason, or fail for its lack. */
export async function decideService<Service>(
  fixture: ServiceFixture<Service>,
  servicesRequired: boolean = environment.servicesRequired,
): Promise<ServiceDecision<Service>> {
  const found = await fixture.find();
  if (found.ok) return { kind: 'run', start: () => found.start() };
  const reason = `${fixture.name}: ${found.reason}`;
  return { kind: servicesRequired && fixture.name !== NEVER_REQUIRED ? 'fail' : 'skip', reason };
}

/**
 * `describe` for tests of a service that the machine may lack; await it at the top of a test file. `body` registers the tests and
 * calls `start` inside a hook or a test. Without the service every test is skipped, its title saying why, or fails where services
 * are required.
 */
export async function describeWithService<Service>(
  fixture: ServiceFixture<Service>,
  title: string,
  body: (start: () => Promise<Service>) => void,
): Promise<void> {
  const decision = await decideService(fixture);
  if (decision.kind === 'run') {
    describe(title, () => body(() => decision.start()));
    return;
  }
  if (decision.kind === 'fail') {
    describe(title, () => {
      test(`needs ${fixture.name}`, () => {
        throw new Error(`REQUIRE_SERVICES=1, and ${decision.reason}`);
      });
    });
    return;
  }
  describe.skip(`${title} (skipped: ${decision.reason})`, () => body(() => Promise.reject(new Error(decision.reason))));
}
