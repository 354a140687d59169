import { writeFile } from 'node:fs/promises';
import { riskOverview } from './risk-overview.ts';

/** The committed files and what they must contain. */
export function dashboardFiles(): { readonly url: URL; readonly text: string }[] {
  const url = new URL('./provisioning/dashboards/risk-overview.json', import.meta.url);
  return [{ url, text: `${JSON.stringify(riskOverview(), null, 2)}\n` }];
}

if (import.meta.main) {
  for (const { url, text } of dashboardFiles()) await writeFile(url, text);
}
