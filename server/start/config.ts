import type { ClientCredentials } from '../domain/oauth-client.ts'
import { createKeyring, EncryptionError, type Keyring } from '../utils/keyring.ts'
import { readVariables, type Variables } from './environment.ts'

interface ServerSettings {
  /** The public address of this server, without a slash at the end. */
  appUrl: string
  production: boolean
  /** The embedded default listens on this machine only, unless HOST is set. */
  host: string
  port: number
  logLevel: string
  /** The address of a caller is the last one in X-Forwarded-For, which our own proxy wrote. */
  trustProxy: boolean
  /**
   * The requests per minute that one address may send. A user may send half as many, and an organization may cause a
   * tenth as many requests to platforms.
   */
  rateLimit: number
  /** The token that readers of /api/metrics must send. The endpoint is closed while it is unset. */
  metricsToken: string | undefined
  /** The port on which the scanner answers /health. */
  scannerPort: number
  legacyCredentialCookies: boolean
}

interface JobSettings {
  /** Whether the Node server runs the jobs by itself. */
  scheduler: boolean
  /** The secret that schedulers must send. The cron endpoints are closed while it is unset. */
  cronSecret: string | undefined
  /** A cron run begins no new work after this many milliseconds. */
  cronTimeBudgetMs: number
  /** How long records of settled revocations and of webhook messages are kept, in days. */
  retentionDays: number
  /** How long assessments are kept, in days. The last one of each integration is always kept. */
  assessmentDays: number
  /** How long the audit log is kept, in days. Undefined keeps it forever. */
  auditDays: number | undefined
}

interface MailSettings {
  /** Opens the webhook of mail imports. Each user's key is derived from it. Unset keeps the webhook closed. */
  cronApiKey: string | undefined
  /** Former keys, which still open the webhook while jobs are rescheduled. */
  cronApiKeysRetired: string[]
  /** Where mail is imported: in Supabase's Edge Functions, or in this process. */
  functions: 'edge' | 'server'
  allowPrivateMailHosts: boolean
}

interface DatabaseSettings {
  mode: 'embedded' | 'supabase'
  dataDir: string
  migrationsDir: string
  sqlPort: number
  /** Set in `supabase` mode. The embedded database has its own values. */
  supabase: { url: string, anonKey: string, serviceRoleKey: string, jwtSecret: string | undefined } | undefined
}

/** The whole configuration of a process. */
export interface Config extends ServerSettings, JobSettings, MailSettings, DatabaseSettings {
  clients: ClientCredentials
  keyring: Keyring | undefined
}

/** A setting keeps the server from starting. The message names every problem and how to fix it. */
export class ConfigError extends Error {}

const NEEDED_WITH_SUPABASE = {
  SUPABASE_ANON_KEY: 'the publishable (sb_publishable_…) or anon key, from the project\'s API settings',
  SUPABASE_SERVICE_ROLE_KEY: 'the secret (sb_secret_…) or service_role key, from the project\'s API settings',
  APP_URL: 'the public URL of this server, such as https://coffer.example.com',
} as const
export type NeededVariable = keyof typeof NEEDED_WITH_SUPABASE

type Environment = Record<string, string | undefined>

/**
 * Reads the whole configuration from the environment, as strings (NUXT_* coercion would turn a key of digits into a
 * number). An empty variable counts as unset, as in an .env file.
 * @param needed the variables beside SUPABASE_URL that this process needs
 * @throws ConfigError that lists every problem at once
 */
export function readConfig(
  environment: Environment,
  needed: readonly NeededVariable[] = ['SUPABASE_ANON_KEY', 'SUPABASE_SERVICE_ROLE_KEY', 'APP_URL'],
): Config {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const problems: string[] = []
  const values = readVariables(env, problems)
  const database = readDatabase(values, needed, problems)
  const config = {
    ...database,
    keyring: readKeyring(env, database.mode, problems),
    ...readServer(values, database.mode, problems),
    ...readJobs(values),
    ...readMail(values, database.mode),
    clients: readClients(env, problems),
  }
  if (problems.length) throw new ConfigError(report(problems))
  return config
}

function readDatabase(values: Variables, needed: readonly NeededVariable[], problems: string[]): DatabaseSettings {
  const folders = {
    dataDir: values.COFFER_DATA_DIR,
    migrationsDir: values.COFFER_MIGRATIONS_DIR,
    sqlPort: values.COFFER_SQL_PORT,
  }
  if (!values.SUPABASE_URL) {
    if (values.NODE_ENV === 'production' && !values.COFFER_EMBEDDED)
      problems.push(
        'SUPABASE_URL is not set. In production Coffer runs on Supabase; to run on the embedded database all the same,'
        + ' set COFFER_EMBEDDED=1',
      )
    return { ...folders, mode: 'embedded', supabase: undefined }
  }
  for (const name of needed) if (!values[name]) problems.push(`${name} is not set: ${NEEDED_WITH_SUPABASE[name]}`)
  const supabase = {
    url: values.SUPABASE_URL,
    anonKey: values.SUPABASE_ANON_KEY ?? '',
    serviceRoleKey: values.SUPABASE_SERVICE_ROLE_KEY ?? '',
    jwtSecret: values.SUPABASE_JWT_SECRET,
  }
  return { ...folders, mode: 'supabase', supabase }
}

function readKeyring(env: Environment, mode: Config['mode'], problems: string[]): Keyring | undefined {
  if (mode === 'embedded' && !env.ENCRYPTION_KEY) return undefined
  try {
    return createKeyring(env)
  } catch (error) {
    if (!(error instanceof EncryptionError)) throw error
    problems.push(error.message)
    return undefined
  }
}

function readServer(values: Variables, mode: Config['mode'], problems: string[]): ServerSettings {
  const appUrl = values.APP_URL ?? `http://localhost:${values.PORT}`
  if (!isAllowedBase(new URL(appUrl)))
    problems.push(
      'APP_URL must be an https:// address without a path: authorization codes must not travel in the clear'
      + ' (RFC 9700 §2.6). Plain http is for localhost only',
    )
  return {
    appUrl,
    production: values.NODE_ENV === 'production',
    host: values.HOST ?? (mode === 'embedded' ? '127.0.0.1' : '0.0.0.0'),
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    trustProxy: values.COFFER_TRUST_PROXY,
    rateLimit: values.COFFER_RATE_LIMIT,
    metricsToken: values.METRICS_TOKEN,
    scannerPort: values.SCANNER_PORT,
    legacyCredentialCookies: values.LEGACY_CREDENTIAL_COOKIES,
  }
}

function isAllowedBase(url: URL): boolean {
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return url.pathname === '/' && !url.search && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback))
}

function readJobs(values: Variables): JobSettings {
  return {
    scheduler: values.COFFER_SCHEDULER === 'on',
    cronSecret: values.CRON_SECRET,
    cronTimeBudgetMs: values.CRON_TIME_BUDGET_MS,
    retentionDays: values.COFFER_RETENTION_DAYS,
    assessmentDays: values.COFFER_ASSESSMENT_DAYS,
    auditDays: values.COFFER_AUDIT_DAYS,
  }
}

function readMail(values: Variables, mode: Config['mode']): MailSettings {
  return {
    cronApiKey: values.CRON_API_KEY,
    cronApiKeysRetired: values.CRON_API_KEYS_RETIRED ?? [],
    functions: mode === 'embedded' ? 'server' : (values.COFFER_FUNCTIONS ?? 'edge'),
    allowPrivateMailHosts: values.COFFER_ALLOW_PRIVATE_MAIL_HOSTS,
  }
}

/** Reads OAUTH_<NAME>_CLIENT_ID and …_CLIENT_SECRET, which must be set in pairs. */
function readClients(env: Environment, problems: string[]): ClientCredentials {
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

function report(problems: string[]): string {
  const count = problems.length === 1 ? 'one setting needs' : `${problems.length} settings need`
  const list = problems.map(problem => `  - ${problem}`).join('\n')
  return `Coffer cannot start: ${count} attention.\n${list}\nSee .env.example for all settings.`
}
