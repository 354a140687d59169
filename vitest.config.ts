import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{core,platform,wallet-core,ingest,rules,models,alerts,dashboards,app,test}/**/*.test.ts'],
    globalSetup: ['test/services/global-setup.ts'],
    reporters: ['default', './test/services/closing-line-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
    pool: 'forks',
  },
});
