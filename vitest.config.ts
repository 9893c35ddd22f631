import { defineConfig } from 'vitest/config';

// Shared by every project: each runs it from its own folder (`npm test` in the project, or `nx test <project>`).
export default defineConfig({
  root: process.cwd(),
  test: {
    include: ['**/*.test.ts'],
    globalSetup: [new URL('libs/testing/src/global-setup.ts', import.meta.url).pathname],
    // Real processes and stores on two cores: a condition that never comes true fails after this long.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: true,
    reporters: ['default', ['json', { outputFile: 'dist/test-results.json' }]],
  },
});
