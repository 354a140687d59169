import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../app/cli/logger.ts';
import { readConfig } from '../../app/config/read-config.ts';
import { startBulwark } from '../../app/run/start-bulwark.ts';
import { type Bench, type Figures, quantile, rounded } from './bench.ts';

const TOKEN = 'bench-service-token-0123456789-abcdef';
const WARM_UP = 200;
const REQUESTS = 1_000;

function paymentOf(index: number): string {
  const payer = `payer-${index % 100}`;
  return JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    type: 'payment.card.authorized',
    time: new Date().toISOString(),
    subject: payer,
    data: { payment_id: `payment-${index}`, payer, terminal: `terminal-${index % 30}`, amount: '1250', asset: 'iso4217:USD' },
  });
}

async function assess(baseUrl: string, index: number): Promise<number> {
  const begun = performance.now();
  const answer = await fetch(`${baseUrl}/v1/assess`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: paymentOf(index),
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`an assessment was answered with ${answer.status}`);
  return performance.now() - begun;
}

async function run(say: (line: string) => void): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'bulwark-bench-'));
  const config = readConfig({ BULWARK_DATA: folder, BULWARK_PORT: '0', SERVICE_TOKENS: `bench:${TOKEN}` });
  const bulwark = await startBulwark({ config, logger: createLogger('error'), requestsPerMinute: Number.MAX_SAFE_INTEGER });
  try {
    say(`inline: ${REQUESTS} requests to POST /v1/assess, one at a time, everything embedded and running`);
    for (let index = 0; index < WARM_UP; index += 1) await assess(bulwark.baseUrl, index);
    const samples: number[] = [];
    for (let index = 0; index < REQUESTS; index += 1) samples.push(await assess(bulwark.baseUrl, index));
    return {
      requests: REQUESTS,
      p50_ms: rounded(quantile(samples, 0.5)),
      p99_ms: rounded(quantile(samples, 0.99)),
      max_ms: rounded(Math.max(...samples)),
    };
  } finally {
    await bulwark.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export const inlineBench: Bench = {
  name: 'inline',
  title: 'latency of a verdict asked for over HTTP, durable log included',
  run,
};
