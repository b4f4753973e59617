import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Need no database: run once, under `pglite`. */
const withoutStore = ['tests/{text,trust,mail,settings,shape}/**'];
/** Start processes, a whole site or a browser: run once, one file after another, under `site`. */
const wholeSite = ['tests/{http,browser,faults}/**'];

/**
 * The same tests on both databases: `pglite` always, `postgres` when TEST_DATABASE_URL names a server on which databases
 * may be made and dropped.
 */
export default defineConfig({
  test: {
    // Generous: on a busy machine a rule still holds, only later.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 20_000 } },
    // Every file has a database of its own, and modules keep nothing between tests: to load them once for each worker takes
    // minutes from the whole.
    isolate: false,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'pglite',
          include: ['tests/**/*.test.ts'],
          exclude: [...wholeSite, 'tests/store/postgres/**'],
          globalSetup: 'tests/support/pglite-template.ts',
        },
      },
      ...(process.env['TEST_DATABASE_URL']
        ? [
            {
              extends: true as const,
              test: {
                name: 'postgres',
                include: ['tests/**/*.test.ts'],
                exclude: [...wholeSite, ...withoutStore, 'tests/store/embedded/**'],
                globalSetup: 'tests/support/postgres-template.ts',
              },
            },
          ]
        : []),
      {
        extends: true,
        test: {
          name: 'site',
          include: wholeSite.map((folder) => `${folder}/*.test.ts`),
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
