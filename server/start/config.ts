import * as z from 'zod'
import type { ClientCredentials } from '../domain/oauth-client.ts'
import { createKeyring, EncryptionError, type Keyring } from '../utils/keyring.ts'

export interface Config {
  mode: 'embedded' | 'supabase'
  appUrl: string
  production: boolean
  logLevel: string
  legacyCredentialCookies: boolean
  /** The address of a caller is the last one in X-Forwarded-For, which our own proxy wrote. */
  trustProxy: boolean
  /** What schedulers have to bring. Unset: the cron endpoints are closed. */
  cronSecret: string | undefined
  /** Opens the auto-sync webhook; keys for one user are derived from it. Unset: the webhook is closed. */
  cronApiKey: string | undefined
  /** Former ones, which still open while jobs are rescheduled. */
  cronApiKeysRetired: string[]
  /** Where mail is imported: in Supabase's Edge Functions, or in this process. */
  functions: 'edge' | 'server'
  allowPrivateMailHosts: boolean
  /** How long a cron run begins new work, in ms. */
  cronTimeBudgetMs: number
  /** How long records of what is settled are kept. */
  retentionDays: number
  /** How long assessments are kept; the last one of an integration always is. */
  assessmentDays: number
  /** How long the audit log is kept; undefined: for ever. */
  auditDays: number | undefined
  /** What whoever reads /api/metrics has to bring. Unset: it is closed. */
  metricsToken: string | undefined
  /**
   * Requests a minute from one address; half of that for one user, a tenth for what an organisation asks of
   * platforms.
   */
  rateLimit: number
  /** Whether the Node server runs the jobs by itself. */
  scheduler: boolean
  clients: ClientCredentials
  dataDir: string
  migrationsDir: string
  /** The embedded default listens on this machine only, until HOST says otherwise. */
  host: string
  port: number
  sqlPort: number
  /** Where the scanner says how it is. */
  scannerPort: number
  /** Set in `supabase` mode; the embedded database brings its own. */
  supabase: { url: string, anonKey: string, serviceRoleKey: string, jwtSecret: string | undefined } | undefined
  keyring: Keyring | undefined
  unsafeOriginMap: Record<string, string>
}

/**
 * Something in the environment keeps the server from starting. The message is complete: every problem, how to mend
 * it.
 */
export class ConfigError extends Error {}

const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .optional()
  .transform(value => value === 'true' || value === '1')
const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .optional()
    .transform(value => Number(value ?? fallback))
const apiKey = z
  .string()
  .regex(/^[\w.~+/=-]{16,200}$/, 'must have 16 to 200 characters of A-Z a-z 0-9 . ~ + / = _ -: openssl rand -hex 24')
const origin = z.url('must be a URL such as https://coffer.example.com').transform(value => value.replace(/\/+$/, ''))

const Environment = z.object({
  NODE_ENV: z.string().optional(),
  PORT: port(3000),
  APP_URL: origin.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LEGACY_CREDENTIAL_COOKIES: flag,
  COFFER_TRUST_PROXY: flag,
  CRON_SECRET: z.string().min(16, 'must have at least 16 characters: openssl rand -base64 24').optional(),
  CRON_API_KEY: apiKey.optional(),
  CRON_API_KEYS_RETIRED: z
    .string()
    .transform(text =>
      text
        .split(',')
        .map(key => key.trim())
        .filter(Boolean),
    )
    .pipe(z.array(apiKey))
    .optional(),
  COFFER_FUNCTIONS: z.enum(['edge', 'server'], 'must be edge or server').optional(),
  COFFER_ALLOW_PRIVATE_MAIL_HOSTS: flag,
  COFFER_SCHEDULER: z.enum(['on', 'off'], 'must be on or off').default('on'),
  CRON_TIME_BUDGET_MS: z
    .string()
    .regex(/^\d{3,7}$/, 'must be milliseconds')
    .optional()
    .transform(value => Number(value ?? 45_000)),
  COFFER_RETENTION_DAYS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a number of days')
    .optional()
    .transform(value => Number(value ?? 30)),
  COFFER_ASSESSMENT_DAYS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a number of days')
    .optional()
    .transform(value => Number(value ?? 365)),
  COFFER_AUDIT_DAYS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be a number of days, ten or more')
    .optional()
    .transform(value => (value === undefined ? undefined : Number(value))),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters: openssl rand -base64 24').optional(),
  COFFER_RATE_LIMIT: z
    .string()
    .regex(/^[1-9]\d{1,6}$/, 'must be requests a minute, ten or more')
    .optional()
    .transform(value => Number(value ?? 1200)),
  SCANNER_PORT: port(3100),
  COFFER_EMBEDDED: flag,
  COFFER_MIGRATIONS_DIR: z.string().min(1).default('supabase/migrations'),
  COFFER_DATA_DIR: z.string().min(1).default('.data'),
  COFFER_SQL_PORT: port(54322),
  SUPABASE_URL: origin.optional(),
  SUPABASE_ANON_KEY: z.string().min(1).optional(),
  SUPABASE_SERVICE_ROLE_KEY: z.string().min(1).optional(),
  SUPABASE_JWT_SECRET: z.string().min(1).optional(),
  ENCRYPTION_KEY: z.string().optional(),
  ENCRYPTION_KEYS_RETIRED: z.string().optional(),
  COFFER_UNSAFE_ORIGIN_MAP: z.string().optional(),
})

const NEEDED_WITH_SUPABASE = {
  SUPABASE_ANON_KEY: 'the publishable (sb_publishable_…) or anon key, from the project\'s API settings',
  SUPABASE_SERVICE_ROLE_KEY: 'the secret (sb_secret_…) or service_role key, from the project\'s API settings',
  APP_URL: 'the public URL of this server, such as https://coffer.example.com',
} as const
export type NeededVariable = keyof typeof NEEDED_WITH_SUPABASE

/**
 * Reads the whole configuration from the environment, as strings (NUXT_* coercion would turn a key of digits into a
 * number). An empty variable counts as unset, as in an .env file.
 * @param needed of these, beside SUPABASE_URL, which this process cannot do without
 * @throws ConfigError that lists every problem at once
 */
export function readConfig(
  environment: Record<string, string | undefined>,
  needed: readonly NeededVariable[] = ['SUPABASE_ANON_KEY', 'SUPABASE_SERVICE_ROLE_KEY', 'APP_URL'],
): Config {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const problems: string[] = []
  const values = readVariables(env, problems)
  const production = values.NODE_ENV === 'production'
  const mode = values.SUPABASE_URL ? 'supabase' : 'embedded'
  let keyring: Keyring | undefined

  if (mode === 'supabase') {
    for (const name of needed) if (!values[name]) problems.push(`${name} is not set: ${NEEDED_WITH_SUPABASE[name]}`)
  } else if (production && !values.COFFER_EMBEDDED) {
    problems.push(
      'SUPABASE_URL is not set. In production Coffer runs on Supabase; to run on the embedded database all the same, set COFFER_EMBEDDED=1',
    )
  }
  if (mode === 'supabase' || values.ENCRYPTION_KEY) {
    try {
      keyring = createKeyring(env)
    } catch (error) {
      if (!(error instanceof EncryptionError)) throw error
      problems.push(error.message)
    }
  }
  const appUrl = values.APP_URL ?? `http://localhost:${values.PORT}`
  if (!isAllowedBase(new URL(appUrl))) {
    problems.push(
      'APP_URL must be an https:// address without a path: authorization codes must not travel in the clear (RFC 9700 §2.6). Plain http is for localhost only',
    )
  }
  const clients = readClients(env, problems)
  const unsafeOriginMap = readOriginMap(values.COFFER_UNSAFE_ORIGIN_MAP, problems)
  if (problems.length) throw new ConfigError(report(problems))

  return {
    mode,
    appUrl,
    production,
    keyring,
    clients,
    unsafeOriginMap,
    logLevel: values.LOG_LEVEL,
    legacyCredentialCookies: values.LEGACY_CREDENTIAL_COOKIES,
    trustProxy: values.COFFER_TRUST_PROXY,
    cronSecret: values.CRON_SECRET,
    cronApiKey: values.CRON_API_KEY,
    cronApiKeysRetired: values.CRON_API_KEYS_RETIRED ?? [],
    functions: mode === 'embedded' ? 'server' : (values.COFFER_FUNCTIONS ?? 'edge'),
    allowPrivateMailHosts: values.COFFER_ALLOW_PRIVATE_MAIL_HOSTS,
    cronTimeBudgetMs: values.CRON_TIME_BUDGET_MS,
    retentionDays: values.COFFER_RETENTION_DAYS,
    assessmentDays: values.COFFER_ASSESSMENT_DAYS,
    auditDays: values.COFFER_AUDIT_DAYS,
    metricsToken: values.METRICS_TOKEN,
    rateLimit: values.COFFER_RATE_LIMIT,
    scheduler: values.COFFER_SCHEDULER === 'on',
    host: env.HOST ?? (mode === 'embedded' ? '127.0.0.1' : '0.0.0.0'),
    port: values.PORT,
    dataDir: values.COFFER_DATA_DIR,
    migrationsDir: values.COFFER_MIGRATIONS_DIR,
    sqlPort: values.COFFER_SQL_PORT,
    scannerPort: values.SCANNER_PORT,
    supabase:
      mode === 'supabase'
        ? {
            url: values.SUPABASE_URL!,
            anonKey: values.SUPABASE_ANON_KEY ?? '',
            serviceRoleKey: values.SUPABASE_SERVICE_ROLE_KEY!,
            jwtSecret: values.SUPABASE_JWT_SECRET,
          }
        : undefined,
  }
}

// A variable that is not right counts as unset from here on, so that the rest is looked at as well.
function readVariables(env: Record<string, string | undefined>, problems: string[]): z.output<typeof Environment> {
  const parsed = Environment.safeParse(env)
  if (parsed.success) return parsed.data
  const wrong = new Set(parsed.error.issues.map(issue => String(issue.path[0])))
  problems.push(...parsed.error.issues.map(issue => `${issue.path.join('.')} ${issue.message}`))
  return Environment.parse(Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name))))
}

function report(problems: string[]): string {
  return `Coffer cannot start: ${problems.length === 1 ? 'one setting needs' : `${problems.length} settings need`} attention.\n${problems.map(problem => `  - ${problem}`).join('\n')}\nSee .env.example for all settings.`
}

function isAllowedBase(url: URL): boolean {
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.pathname === '/' && !url.search && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback))
}

function readClients(env: Record<string, string | undefined>, problems: string[]): ClientCredentials {
  const clients: ClientCredentials = {}
  for (const name of Object.keys(env)) {
    const id = /^OAUTH_([A-Z][A-Z0-9_]*)_CLIENT_(ID|SECRET)$/.exec(name)?.[1]
    if (!id || clients[id]) continue
    const clientId = env[`OAUTH_${id}_CLIENT_ID`]
    const clientSecret = env[`OAUTH_${id}_CLIENT_SECRET`]
    if (clientId && clientSecret)
      clients[id] = { clientId, clientSecret, otherSecret: env[`OAUTH_${id}_CLIENT_SECRET_PREVIOUS`] }
    else
      problems.push(
        `OAUTH_${id}_CLIENT_${clientId ? 'SECRET' : 'ID'} is not set, but its other half is: set both, or neither`,
      )
  }
  return clients
}

// For tests and stand-ins: a provider's origin is answered by a server on loopback. Never another machine, so that a
// mistake here cannot send a token away.
function readOriginMap(text: string | undefined, problems: string[]): Record<string, string> {
  if (!text) return {}
  try {
    return z.record(z.url(), z.string().regex(/^http:\/\/127\.0\.0\.1:\d+$/)).parse(JSON.parse(text))
  } catch {
    problems.push(
      'COFFER_UNSAFE_ORIGIN_MAP must be JSON of the form {"https://api.example.com": "http://127.0.0.1:4000"}',
    )
    return {}
  }
}
