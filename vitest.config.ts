import { defineVitestProject } from '@nuxt/test-utils/config'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumOptions } from './rigs/browser.ts'

const built = { globalSetup: ['rigs/build.ts'], testTimeout: 60_000, hookTimeout: 120_000 }

/**
 * Components, pages and composables in the runtime of Nuxt, in a real browser: colors, focus and what overflows are
 * real there. Requests are answered inside the browser, so neither the server nor its database starts.
 */
const nuxt = await defineVitestProject({
  test: {
    name: 'nuxt',
    include: ['tests/nuxt/**/*.spec.ts'],
    setupFiles: ['tests/nuxt/support/setup.ts'],
    environment: 'nuxt',
    // One frame for all specs: loading the app takes longer than a test. support/setup.ts clears what a test leaves.
    isolate: false,
    maxWorkers: 2,
    expect: { poll: { timeout: 5_000 } },
    // A build folder of its own: the server tests build into .nuxt at the same time.
    environmentOptions: { nuxt: { overrides: { buildDir: 'node_modules/.cache/nuxt-tests' } } },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      viewport: { width: 1280, height: 800 },
      provider: playwright({
        launchOptions: await chromiumOptions(),
        contextOptions: { reducedMotion: 'reduce', locale: 'en-US', timezoneId: 'Europe/Berlin' },
        actionTimeout: 5_000,
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
})

export default defineConfig({
  test: {
    projects: [
      // Properties run hundreds of cases, and other projects may have both cores.
      { test: { name: 'unit', include: ['tests/unit/**/*.spec.ts'], testTimeout: 30_000 } },
      nuxt,
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
