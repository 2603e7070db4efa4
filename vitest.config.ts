import { defineConfig } from 'vitest/config';

const shared = {
  resolve: { conditions: ['@fraudflow/source'] },
  ssr: { resolve: { conditions: ['@fraudflow/source'] } },
};

/** unit: no process outside Vitest. stack: needs the embedded Kafka, Redis and Postgres, which its global set-up starts. */
export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{libs,services,deploy,cli}/**/src/**/*.test.ts', 'test/{tidy,conformance}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
