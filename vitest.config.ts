import { defineConfig } from 'vitest/config';

// Shared by every project: each runs it from its own folder (`npm test` in the project, or `nx test <project>`).
export default defineConfig({
  root: process.cwd(),
  test: {
    include: ['**/*.test.ts'],
    globalSetup: [new URL('libs/testing/src/global-setup.ts', import.meta.url).pathname],
    // Only to end what hangs: real processes and stores take long on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: true,
    reporters: ['default', ['json', { outputFile: 'dist/test-results.json' }]],
  },
});
