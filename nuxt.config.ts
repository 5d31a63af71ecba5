import type { Nuxt } from 'nuxt/schema'
import { providers, sandbox } from './integrations/index.ts'
import { mailbox } from './integrations/mailbox.ts'
import vercel from './vercel.json' with { type: 'json' }

// The Node server gets our own entry: it waits for the database before it listens, and turns "port in use" into one
// sentence. The development server and serverless presets (NITRO_PRESET=vercel, …) bring their own.
const nodeEntry = process.env.NITRO_PRESET || process.argv.includes('dev') ? undefined : './start/entry.ts'

// A constant of its own, and an object to Nuxt, whose type for the key does not know all of Nitro's settings.
const nitro = {
  ...(nodeEntry ? { entry: nodeEntry } : {}),
  compressPublicAssets: true,
  experimental: { tasks: true },
  // `vercel deploy --prebuilt` reads the output, not vercel.json.
  vercel: { config: { crons: vercel.crons } },
  // In the Node server. Every minute rather than every five: with nothing due it is one query.
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

// Icons that Nuxt UI sends to every page for components that Coffer does not have. One that is needed after all is
// asked for at our own server.
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

export default defineNuxtConfig({
  modules: ['@nuxt/ui', '@nuxt/eslint', withoutUnusedIcons],
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
  // It would be done with a style element at run time, which the content policy refuses.
  colorMode: { disableTransition: false },
  // Nothing is fetched from a third party, neither at build time nor by the browser.
  ui: { fonts: false },
  // Set explicitly: a stray app/ folder would otherwise move the source directory.
  srcDir: '.',
  serverDir: 'server',
  experimental: {
    // Server code says what it imports, and therefore also runs outside Nuxt (scripts, unit tests).
    nitroAutoImports: false,
    payloadExtraction: false,
  },
  compatibilityDate: '2026-09-01',
  nitro: nitro as object,
  typescript: {
    strict: true,
    tsConfig: {
      compilerOptions: { noUncheckedIndexedAccess: true, allowImportingTsExtensions: true },
      exclude: [
        '../integrations/**',
        '../rigs/**',
        '../tests/unit/**',
        '../tests/db/**',
        '../tests/server/**',
        '../tests/browser/**',
        '../supabase/**',
        '../scripts/**',
        '../scanner/**',
        '../bench/**',
      ],
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
