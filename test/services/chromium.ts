import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { environment } from './environment.ts';
import type { ServiceFixture } from './require-service.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

async function findExecutable(): Promise<string | null> {
  const onPath = environment.path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  for (const place of [...onPath, ...PLACES]) {
    const there = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return place;
  }
  return null;
}

/** A browser of the machine, without a window; the test closes it. */
export const chromiumFixture: ServiceFixture<Browser> = {
  name: 'chromium',
  async find() {
    const executablePath = await findExecutable();
    if (executablePath === null) return { ok: false, reason: `none of ${NAMES.join(', ')} is on the PATH` };
    // Root has no sandbox to lend, and the pages under test are our own.
    return { ok: true, start: () => chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] }) };
  },
};
