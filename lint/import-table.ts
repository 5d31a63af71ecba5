/**
 * Who may import whom. This is the only copy: ESLint (`coffer/imports`) and architecture.spec.ts read it, and
 * docs/architecture.md shows it (`node scripts/import-table.ts` writes it there).
 */
export interface Row {
  /** A folder with everything below it, or one file. The longest match counts. */
  room: string
  is: string
  /** Rooms (or folders that hold several) that it may import, beside itself. */
  may: readonly string[]
  /** Packages that it may import. `*` stands for any. */
  packages: readonly string[]
  /** Modules of Node: all of them, none, or these. */
  node: boolean | readonly string[]
  /** Arrows that exist against the table, each with its reason: `from` and `to` are files. */
  exceptions?: readonly { from: string, to: string, because: string }[]
}

const VUE = ['vue', '@nuxt/ui', '#app', '#imports', '#components']
/** What a use-case of any subject may import. */
const BELOW_USECASES = [
  'server/usecases/deps.ts',
  'server/vault',
  'server/oauth',
  'server/ports',
  'server/domain',
  'integrations',
  'shared',
]
const usecases = (subject: string, is: string, subjects: string[], exceptions: Row['exceptions'] = []): Row => ({
  room: `server/usecases/${subject}`,
  is,
  may: [...subjects.map(below => `server/usecases/${below}`), ...BELOW_USECASES],
  packages: ['zod'],
  node: false,
  exceptions,
})

/** From the roof to the ground floor. A row imports only rows below it. */
export const importTable: readonly Row[] = [
  {
    room: 'tests',
    is: 'specs, by what they need: nothing, the Nuxt runtime, databases, a built server, a browser',
    may: [
      'rigs',
      'lint',
      'server',
      'supabase/functions',
      'integrations',
      'shared',
      'composables',
      'words',
    ],
    packages: ['*'],
    node: true,
  },
  {
    room: 'tests/nuxt',
    is: 'components, pages and composables in the Nuxt runtime',
    may: ['pages', 'components', 'layouts', 'composables', 'words', 'app.vue', 'error.vue', 'rigs', 'shared'],
    packages: ['*'],
    node: true,
  },
  {
    room: 'bench',
    is: 'measurements',
    may: ['rigs', 'server', 'integrations'],
    packages: ['pg', '@supabase/supabase-js'],
    node: true,
  },
  {
    room: 'scripts',
    is: 'commands for operators and developers',
    may: [
      'lint',
      'rigs',
      'server/start',
      'server/embedded',
      'server/usecases',
      'integrations',
    ],
    packages: ['pg', 'rolldown'],
    node: true,
  },
  {
    room: 'scanner',
    is: 'the separate scanner service: its own entry, the same use-cases',
    may: ['server/start', 'server/usecases'],
    packages: [],
    node: ['http', 'net'],
  },
  {
    room: 'eslint.config.mjs',
    is: 'which rule applies where',
    may: ['lint', '.nuxt'],
    packages: [],
    node: false,
  },
  {
    room: 'lint',
    is: 'lint rules of our own',
    may: ['lint/import-table.ts'],
    packages: ['eslint'],
    node: ['path'],
  },
  {
    room: 'lint/import-table.ts',
    is: 'this table',
    may: [],
    packages: [],
    node: false,
  },
  {
    room: 'vitest.config.ts',
    is: 'the test projects',
    may: ['rigs'],
    packages: ['vitest', '@nuxt/test-utils', '@vitest/browser-playwright'],
    node: ['url', 'path'],
  },
  {
    room: 'nuxt.config.ts',
    is: 'the build',
    may: ['integrations', 'vercel.json', 'package.json'],
    packages: ['nuxt'],
    node: true,
  },
  {
    room: 'rigs',
    is: 'databases, an app starter, stand-ins: what tests, benches and scripts share',
    may: ['rigs/lib.mjs', 'server', 'integrations', 'shared'],
    packages: ['*'],
    node: true,
  },
  {
    room: 'rigs/lib.mjs',
    is: 'install and build; runs before any package is installed',
    may: [],
    packages: [],
    node: true,
  },

  {
    room: 'app.vue',
    is: 'the shell of every page',
    may: ['composables', 'words', 'shared'],
    packages: VUE,
    node: false,
  },
  {
    room: 'error.vue',
    is: 'the page for an error',
    may: ['composables', 'words', 'shared'],
    packages: VUE,
    node: false,
  },
  {
    room: 'app.config.ts',
    is: 'the theme',
    may: [],
    packages: [],
    node: false,
  },
  {
    room: 'pages',
    is: 'the pages',
    may: ['components', 'composables', 'words', 'shared'],
    packages: VUE,
    node: false,
  },
  {
    room: 'layouts',
    is: 'what surrounds a page',
    may: ['components', 'composables', 'words', 'shared'],
    packages: VUE,
    node: false,
  },
  {
    room: 'middleware',
    is: 'who may open a page',
    may: ['composables', 'shared'],
    packages: VUE,
    node: false,
  },
  {
    room: 'components',
    is: 'what pages are made of',
    may: ['composables', 'words', 'shared'],
    packages: VUE,
    node: false,
  },
  {
    room: 'composables',
    is: 'state of the pages, and the only callers of the API',
    may: ['words', 'shared'],
    packages: [...VUE, 'zod'],
    node: false,
  },
  {
    room: 'words',
    is: 'what statuses and reasons are called in the pages; imported by name',
    may: ['shared'],
    packages: [],
    node: false,
  },

  {
    room: 'server/api',
    is: 'a file per route: contract → one use-case → answer',
    may: ['server/http', 'server/usecases', 'shared'],
    packages: ['h3'],
    node: false,
  },
  {
    room: 'server/routes',
    is: 'routes outside /api: the embedded default and the sandbox',
    may: ['server/http', 'server/start', 'server/sandbox', 'server/domain', 'shared'],
    packages: ['h3'],
    node: ['crypto'],
  },
  {
    room: 'server/tasks',
    is: 'a file per scheduled job',
    may: ['server/http', 'server/usecases'],
    packages: [],
    node: false,
  },
  {
    room: 'server/middleware',
    is: 'security headers, session',
    may: ['server/http', 'server/start'],
    packages: ['h3'],
    node: false,
  },
  {
    room: 'server/plugins',
    is: 'services once per process, shutdown, request ids',
    may: ['server/start', 'server/utils/logger.ts'],
    packages: ['h3', 'nitropack'],
    node: ['crypto'],
  },
  {
    room: 'server/http',
    is: 'the only code that knows HTTP: access rules, parsing, errors to answers',
    may: ['server/start', 'server/usecases', 'server/utils', 'server/ports', 'server/domain', 'shared'],
    packages: ['h3', 'nitropack', 'zod'],
    node: ['stream'],
  },
  {
    room: 'server/start',
    is: 'the composition root: configuration, services, metrics, what runs beside the server',
    may: [
      'server/sandbox',
      'server/embedded',
      'server/stores',
      'server/usecases',
      'server/vault',
      'server/utils',
      'server/oauth',
      'server/ports',
      'server/domain',
      'integrations',
      'shared',
    ],
    packages: ['h3', 'nitropack', '@aws-sdk/client-kms', 'prom-client', 'zod', '#nitro-internal-pollyfills'],
    node: true,
  },
  {
    room: 'server/sandbox',
    is: 'the platform to try things against; loaded only in the embedded default',
    may: ['server/embedded'],
    packages: ['oidc-provider', 'jose', 'zod'],
    node: ['crypto', 'http'],
  },
  {
    room: 'server/embedded',
    is: 'Supabase Lite in process; loaded only without SUPABASE_URL',
    may: ['server/stores', 'server/utils'],
    packages: ['@supabase/lite', '@electric-sql/pglite', '@electric-sql/pglite-socket', 'zod'],
    node: true,
  },
  {
    room: 'server/stores',
    is: 'every query; implements ports',
    may: ['server/ports', 'server/domain', 'supabase/functions', 'shared'],
    packages: ['@supabase/supabase-js', '@supabase/ssr', 'zod'],
    node: ['fs/promises', 'path'],
  },

  {
    room: 'server/usecases',
    is: 'what belongs to no subject: sign in, readiness, maintenance',
    may: ['server/usecases/credentials', 'server/usecases/keys', ...BELOW_USECASES],
    packages: ['zod'],
    node: false,
  },
  usecases('scanning', 'scans, findings, webhooks of platforms', ['polling', 'integrations', 'credentials', 'connect']),
  usecases('polling', 'platform data', ['integrations', 'credentials', 'connect']),
  usecases('mail', 'mail import', ['integrations', 'credentials', 'connect']),
  usecases('integrations', 'list, read, rename, pause, delete', ['credentials', 'connect']),
  usecases('credentials', 'refresh, health checks, lending, the end of a grant', ['connect', 'keys']),
  usecases('connect', 'connecting an account, and the OAuth apps for it', []),
  usecases('audit', 'reading and verifying the audit log', []),
  usecases('keys', 'rotation and verification of keys', []),
  {
    room: 'server/usecases/deps.ts',
    is: 'what use-cases get from outside',
    may: ['server/vault', 'server/oauth', 'server/ports', 'server/domain', 'integrations', 'shared'],
    packages: [],
    node: false,
  },
  {
    room: 'server/vault',
    is: 'seals and opens: the only place where cipher and store meet',
    may: ['server/utils', 'server/ports', 'server/domain'],
    packages: [],
    node: false,
  },
  {
    room: 'server/oauth',
    is: 'the engine that runs every provider\'s flow over oauth4webapi; fetch is handed in',
    may: ['server/utils', 'server/domain', 'integrations'],
    packages: ['oauth4webapi', 'undici', 'zod'],
    node: ['crypto', 'dns', 'net'],
  },
  {
    room: 'server/utils',
    is: 'the ground floor: encryption, keyring, signatures, tokens, logger, limits',
    may: ['server/domain'],
    packages: ['jose', 'pino', 'rate-limiter-flexible', 'zod'],
    node: ['crypto'],
  },
  {
    room: 'server/ports',
    is: 'what use-cases ask of the outside, as types',
    may: ['server/domain', 'shared'],
    packages: [],
    node: false,
  },
  {
    room: 'server/domain',
    is: 'pure: errors, token set, back-off, findings, schedules, the claim loop',
    may: ['shared'],
    packages: ['croner'],
    node: false,
  },

  {
    room: 'supabase/functions',
    is: 'Edge Functions for mail import; deployed alone, so nothing of the server',
    may: [],
    packages: ['@supabase/supabase-js', 'chrono-node', 'imapflow', 'linkify-it', 'mailparser', 'zod'],
    node: ['dns/promises', 'net'],
  },
  {
    room: 'integrations/supabase/test-encryption.mjs',
    is: 'shows the encryption from the command line, as the original documents',
    may: ['server/utils'],
    packages: [],
    node: true,
  },
  {
    room: 'integrations',
    is: 'what each provider is: definition, poll sources, scan rules, webhook',
    may: [],
    packages: ['zod'],
    node: false,
  },
  {
    room: 'shared',
    is: 'contracts: requests and responses, for form, route, test and OpenAPI',
    may: ['package.json'],
    packages: ['zod'],
    node: false,
  },
]
