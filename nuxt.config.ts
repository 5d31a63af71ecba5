import type { Nuxt } from 'nuxt/schema'
import { providers, sandbox } from './integrations/index.ts'
import { mailbox } from './integrations/mailbox.ts'
import vercel from './vercel.json' with { type: 'json' }

/**
 * The Node server gets our own entry: it waits for the database before it listens, and turns "port in use" into one
 * sentence. The development server and serverless presets (NITRO_PRESET=vercel, …) have their own entries.
 */
function withNodeEntry(_options: object, nuxt: Nuxt): void {
  if (nuxt.options.dev || process.env.NITRO_PRESET) return
  Object.assign(nuxt.options, { nitro: { ...nuxt.options.nitro, entry: './start/entry.ts' } })
}

// This is a constant and passed to Nuxt as a plain object, because Nuxt's type for the key lacks some of Nitro's
// settings.
const nitro = {
  compressPublicAssets: true,
  experimental: { tasks: true },
  // `vercel deploy --prebuilt` reads the output, not vercel.json.
  vercel: { config: { crons: vercel.crons } },
  // A build contains AWS's client only if it is told that the keys come from AWS (docs/operations.md), because a
  // serverless function has no node_modules beside it.
  externals: { traceInclude: process.env.ENCRYPTION_KEY_KMS === 'aws' ? ['@aws-sdk/client-kms'] : [] },
  // The jobs of the Node server. They run every minute, because a run with nothing due is one query.
  scheduledTasks: {
    '* * * * *': ['token-refresh', 'auto-sync', 'platform-polling', 'scans'],
    '*/10 * * * *': ['maintenance'],
  },
  typescript: {
    tsConfig: {
      compilerOptions: {
        exactOptionalPropertyTypes: true,
        verbatimModuleSyntax: true,
        noImplicitOverride: true,
        erasableSyntaxOnly: true,
        allowImportingTsExtensions: true,
      },
      include: [
        '../integrations/**/*',
        '../shared/**/*',
        '../supabase/functions/**/*',
        '../scripts/**/*',
        '../scanner/**/*',
        '../rigs/**/*',
        '../tests/unit/**/*',
        '../tests/db/**/*',
        '../tests/server/**/*',
        '../tests/browser/**/*',
        '../bench/**/*',
      ],
    },
  },
}

// Icons that Nuxt UI sends to every page for components that Coffer does not use. If a page needs one of them, the
// browser fetches it from our own server.
const UNUSED_ICONS = [
  'arrow-down',
  'arrow-up',
  'chevrons-left',
  'chevrons-right',
  'copy',
  'copy-check',
  'ellipsis',
  'eye',
  'eye-off',
  'file',
  'folder',
  'folder-open',
  'grip-vertical',
  'hash',
  'lightbulb',
  'panel-left-close',
  'panel-left-open',
  'star',
  'upload',
]

function withoutUnusedIcons(_options: object, nuxt: Nuxt): void {
  nuxt.hook('icon:clientBundleIcons', (icons) => {
    for (const name of UNUSED_ICONS) icons.delete(`lucide:${name}`)
  })
}

// Folders that Vue's compiler options do not apply to.
const NOT_PAGES = [
  'integrations',
  'lint',
  'rigs',
  'tests/unit',
  'tests/db',
  'tests/server',
  'tests/browser',
  'supabase',
  'scripts',
  'scanner',
  'bench',
]

export default defineNuxtConfig({
  modules: ['@nuxt/ui', '@nuxt/eslint', withoutUnusedIcons, withNodeEntry],
  imports: { scan: true },
  devtools: { enabled: false },
  app: {
    head: {
      title: 'Coffer',
      htmlAttrs: { lang: 'en' },
      link: [{ rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }],
      meta: [
        { name: 'viewport', content: 'width=device-width, initial-scale=1' },
        { name: 'description', content: 'Connect accounts; Coffer keeps the credentials encrypted.' },
      ],
    },
  },
  css: ['~/assets/css/main.css'],
  // Disabling transitions needs a style element at run time, which the content policy refuses.
  colorMode: { disableTransition: false },
  // Nothing is fetched from a third party, neither at build time nor by the browser.
  ui: { fonts: false },
  // Set explicitly: a stray app/ folder would otherwise move the source directory.
  srcDir: '.',
  serverDir: 'server',
  // A second development server beside a build needs its own folder.
  buildDir: process.env.COFFER_BUILD_DIR || '.nuxt',
  experimental: {
    // Server code names its imports, so it also runs outside Nuxt (scripts, unit tests).
    nitroAutoImports: false,
    payloadExtraction: false,
  },
  compatibilityDate: '2026-09-01',
  nitro: nitro as object,
  typescript: {
    strict: true,
    tsConfig: {
      compilerOptions: { noUncheckedIndexedAccess: true, allowImportingTsExtensions: true },
      exclude: NOT_PAGES.map(name => `../${name}/**`),
    },
  },
  telemetry: false,
  eslint: { config: { stylistic: true } },
  icon: {
    // Inline SVG: the other mode adds style elements at run time, which the content policy refuses.
    mode: 'svg',
    provider: 'server',
    serverBundle: 'local',
    fallbackToApi: false,
    clientBundle: {
      scan: true,
      icons: [...providers, sandbox('http://localhost'), mailbox].map(({ icon }) =>
        icon.replace(/^i-(simple-icons|lucide)-/, '$1:'),
      ),
    },
  },
})
