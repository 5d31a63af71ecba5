import withNuxt from './.nuxt/eslint.config.mjs'
import { oneKeyALine } from './scripts/lint/one-key-a-line.mjs'

// Who may import what: docs/architecture.md has the reasons, tests/unit/architecture.spec.ts holds the same table as
// data.
const SUPABASE = { group: ['@supabase/*'], message: 'Only server/stores and server/embedded speak to Supabase.' }
const HTTP = {
  group: ['h3', 'nitropack', 'nitropack/*', '#imports'],
  message: 'Only routes, middleware, plugins and utils know about HTTP.',
}
const SERVER = {
  group: ['**/server/**', '#server/**', '~/server/**'],
  message: 'Server code must not reach the browser.',
}
const INTEGRATIONS = {
  group: ['**/integrations/**', '!**/usecases/integrations/**', '~/integrations/**'],
  message: 'Pages learn about providers from /api/providers.',
}
const below = (...folders) => ({
  group: folders.map(folder => `**/${folder}/**`),
  message: 'See the import table in docs/architecture.md.',
})
const restrict = (files, ...patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } })

export default withNuxt(
  { ignores: ['.data/', '.output/', 'supabase/schema.sql'] },
  {
    plugins: { coffer: { rules: { 'one-key-a-line': oneKeyALine } } },
    rules: {
      '@stylistic/brace-style': ['error', '1tbs'],
      '@stylistic/operator-linebreak': 'off',
      '@stylistic/indent-binary-ops': 'off',
      '@stylistic/max-statements-per-line': ['error', { max: 1 }],
      // Width hides length. Addresses, patterns and SQL texts cannot be broken.
      '@stylistic/max-len': ['warn', {
        code: 120,
        ignoreUrls: true,
        ignoreRegExpLiterals: true,
        ignorePattern: 'sql`|/\\*sql\\*/',
      }],
      // An object of more than three keys has one key a line.
      '@stylistic/object-curly-newline': ['error', {
        ObjectExpression: { minProperties: 4, multiline: true, consistent: true },
      }],
      'coffer/one-key-a-line': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'no-console': 'error',
    },
  },
  {
    files: [
      'scripts/**',
      'scanner/index.ts',
      'bench/**',
      'integrations/**/*.mjs',
      'server/start/entry.ts',
      'server/start/once.ts',
      'server/embedded/quiet-console.ts',
      'tests/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // The rules about h3 errors: one mapper turns domain errors into answers.
    files: ['server/**'],
    ignores: ['server/http/define-route.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'CallExpression[callee.name="createError"]', message: 'Throw AppError; define-route.ts maps it.' },
      ],
    },
  },
  restrict(['integrations/**/*.ts'], SUPABASE, HTTP, SERVER, below('shared')),
  restrict(['shared/**/*.ts'], SUPABASE, HTTP, SERVER, INTEGRATIONS),
  restrict(
    ['pages/**', 'components/**', 'composables/**', 'words/**', 'layouts/**', 'middleware/**', 'app.vue', 'error.vue'],
    SUPABASE,
    SERVER,
    INTEGRATIONS,
  ),
  restrict(
    ['server/domain/**'],
    SUPABASE,
    HTTP,
    below('oauth', 'stores', 'vault', 'usecases', 'utils', 'embedded', 'sandbox'),
    INTEGRATIONS,
  ),
  restrict(['server/oauth/**'], SUPABASE, HTTP, below('stores', 'vault', 'usecases', 'utils')),
  restrict(['server/stores/**'], HTTP, below('oauth', 'vault', 'utils'), INTEGRATIONS),
  restrict(['server/vault/**'], SUPABASE, HTTP, below('oauth', 'usecases'), INTEGRATIONS),
  restrict(['server/usecases/**'], SUPABASE, HTTP, below('utils', 'embedded', 'sandbox')),
  restrict(['server/api/**', 'server/routes/**'], SUPABASE, below('stores', 'vault', 'oauth'), INTEGRATIONS),
)
