import { defineConfig } from 'vitest/config'

const built = { globalSetup: ['rigs/build.ts'], testTimeout: 60_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    projects: [
      // Properties run hundreds of cases, and other projects may have both cores.
      { test: { name: 'unit', include: ['tests/unit/**/*.spec.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'db',
          include: ['tests/db/**/*.spec.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      { test: { name: 'server', include: ['tests/server/**/*.spec.ts'], ...built } },
      {
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.spec.ts'],
          ...built,
          testTimeout: 120_000,
        },
      },
    ],
    // Every database, server and browser is a process of its own, and there may be two cores.
    maxWorkers: 2,
  },
})
