import { defineConfig } from 'vitest/config';

const source = {
  // As in tsconfig.base.json, which Vite applies to product files only.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['@fraudflow/source'] },
  ssr: { resolve: { conditions: ['@fraudflow/source'] } },
};
const INTEGRATION = '**/*.integration.test.ts';
const OUTSIDE = ['**/node_modules/**', '**/dist/**'];

/**
 * unit: no process outside Vitest. integration: real Kafka, Redis and Postgres, started once for all files. system: the
 * six services on a stack of their own. full: the long runs, only with `./fraudflow test --full`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['{libs,services,deploy,bench,cli}/**/*.test.ts', 'test/{tidy,conformance}/**/*.test.ts'],
          exclude: [INTEGRATION, ...OUTSIDE],
          globalSetup: 'test/support/src/native-setup.ts',
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...source,
        test: {
          name: 'integration',
          include: [`{libs,services,deploy,bench,cli}/${INTEGRATION}`],
          exclude: OUTSIDE,
          globalSetup: 'test/support/src/global-setup.ts',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...source,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          exclude: ['**/*.full.test.ts', ...OUTSIDE],
          fileParallelism: false,
          testTimeout: 420_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...source,
        test: {
          name: 'full',
          include: ['test/system/**/*.full.test.ts'],
          exclude: OUTSIDE,
          fileParallelism: false,
          testTimeout: 3_600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
