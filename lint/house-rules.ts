import type { ESLint, Linter } from 'eslint'
import { forbidNames } from './forbidden-names.ts'
import { imports } from './imports.ts'
import { noAmbient, noEnvironment } from './no-ambient.ts'
import { oneKeyALine } from './one-key-a-line.ts'
import { routeShape } from './route-shape.ts'

/** The files that may open sealed values, each with the reason why its openings leave a record. */
export const VAULT_OPENERS: Record<string, string> = {
  'server/vault/vault.ts': 'It is the vault.',
  'server/usecases/credentials/open-credential.ts': 'It writes the audit row before it takes the key.',
  'server/usecases/connect/finish-connection.ts': 'It opens a pending connect. What becomes of it is audited.',
  'server/usecases/connect/submit-choice.ts': 'It opens a pending connect. What becomes of it is audited.',
  'server/usecases/credentials/spend-refresh-token.ts': 'The journal is the record.',
  'server/usecases/credentials/save-refreshed.ts':
    'It ends a grant that was issued this moment and not kept. The refresh or connect that issued it is the record.',
  'server/usecases/scanning/receive-webhook.ts': 'It opens the secret of a webhook, not of an account.',
  'server/usecases/connect/oauth-apps.ts': 'It opens the secret of an OAuth app, not of an account.',
  'server/usecases/connect/choose-oauth-app.ts': 'It opens the secret of an OAuth app, not of an account.',
}

const API_CALLS = ['$fetch', 'fetch', 'useFetch', 'useLazyFetch', 'useAsyncData', 'useLazyAsyncData', 'useRequestFetch']

const plugin: ESLint.Plugin = {
  rules: {
    'imports': imports,
    'one-key-a-line': oneKeyALine,
    'no-ambient': noAmbient,
    'no-environment': noEnvironment,
    'route-shape': routeShape,
    'no-api-calls': forbidNames(API_CALLS, 'Only composables speak to the API.'),
    'no-create-error': forbidNames(['createError'], 'Throw AppError; define-route.ts turns it into an answer.'),
    'no-opening': forbidNames(
      ['unseal', 'unsealText'],
      'Only the files in VAULT_OPENERS (lint/house-rules.ts) open what is sealed, and each writes it down.',
    ),
    'no-service-client': forbidNames(
      ['serviceClient', 'serviceRoleKey', 'SUPABASE_SERVICE_ROLE_KEY'],
      'Routes read as their caller. The service role is for jobs and for writes after an authorization under RLS.',
    ),
  },
}

const PAGES = ['pages/**', 'components/**', 'layouts/**', 'middleware/**', 'app.vue', 'error.vue']
const ROUTES = ['server/{api,routes,tasks,middleware,http}/**']
const error = (...names: string[]) => Object.fromEntries(names.map(name => [`coffer/${name}`, 'error' as const]))

/** Our own rules, and where they apply. */
export const houseRules: Linter.Config[] = [
  { plugins: { coffer: plugin }, rules: error('imports', 'one-key-a-line') },
  { files: PAGES, rules: error('no-api-calls') },
  { files: ['server/{usecases,domain,oauth,vault,ports}/**'], rules: error('no-ambient') },
  {
    files: ['server/**'],
    ignores: ['server/start/once.ts', 'server/utils/encryption.ts'],
    rules: error('no-environment'),
  },
  { files: ['server/**'], ignores: ['server/http/define-route.ts'], rules: error('no-create-error') },
  { files: ['server/**'], ignores: Object.keys(VAULT_OPENERS), rules: error('no-opening') },
  { files: ROUTES, rules: error('no-service-client') },
  { files: ['server/api/**'], rules: error('route-shape') },
]
