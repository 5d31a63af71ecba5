import * as z from 'zod'

// The variables that Coffer reads, by subject, each with its format. .env.example explains them to operators.

const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .optional()
  .transform(value => value === 'true' || value === '1')
const number = (form: RegExp, problem: string, fallback: number) =>
  z
    .string()
    .regex(form, problem)
    .optional()
    .transform(value => Number(value ?? fallback))
const port = (fallback: number) => number(/^\d{1,5}$/, 'must be a port number', fallback)
const days = (fallback: number) => number(/^[1-9]\d{0,3}$/, 'must be a number of days', fallback)
const secret = z.string().min(16, 'must have at least 16 characters: openssl rand -base64 24')
const apiKey = z
  .string()
  .regex(/^[\w.~+/=-]{16,200}$/, 'must have 16 to 200 characters of A-Z a-z 0-9 . ~ + / = _ -: openssl rand -hex 24')
const apiKeys = z.string().transform(listed).pipe(z.array(apiKey))
const origin = z.url('must be a URL such as https://coffer.example.com').transform(value => value.replace(/\/+$/, ''))
const text = z.string().min(1)

const SERVER = {
  NODE_ENV: z.string().optional(),
  APP_URL: origin.optional(),
  PORT: port(3000),
  HOST: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  COFFER_TRUST_PROXY: flag,
  COFFER_RATE_LIMIT: number(/^[1-9]\d{1,6}$/, 'must be requests per minute, ten or more', 1200),
  METRICS_TOKEN: secret.optional(),
  SCANNER_PORT: port(3100),
  LEGACY_CREDENTIAL_COOKIES: flag,
}

const JOBS = {
  COFFER_SCHEDULER: z.enum(['on', 'off'], 'must be on or off').default('on'),
  CRON_SECRET: secret.optional(),
  CRON_TIME_BUDGET_MS: number(/^\d{3,7}$/, 'must be milliseconds', 45_000),
  COFFER_RETENTION_DAYS: days(30),
  COFFER_ASSESSMENT_DAYS: days(365),
  COFFER_AUDIT_DAYS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be a number of days, ten or more')
    .optional()
    .transform(value => (value === undefined ? undefined : Number(value))),
}

const MAIL = {
  CRON_API_KEY: apiKey.optional(),
  CRON_API_KEYS_RETIRED: apiKeys.optional(),
  COFFER_FUNCTIONS: z.enum(['edge', 'server'], 'must be edge or server').optional(),
  COFFER_ALLOW_PRIVATE_MAIL_HOSTS: flag,
}

const DATABASE = {
  SUPABASE_URL: origin.optional(),
  SUPABASE_ANON_KEY: text.optional(),
  SUPABASE_SERVICE_ROLE_KEY: text.optional(),
  SUPABASE_JWT_SECRET: text.optional(),
  COFFER_EMBEDDED: flag,
  COFFER_DATA_DIR: text.default('.data'),
  COFFER_MIGRATIONS_DIR: text.default('supabase/migrations'),
  COFFER_SQL_PORT: port(54322),
}

const KEYS = {
  ENCRYPTION_KEY: z.string().optional(),
  ENCRYPTION_KEYS_RETIRED: z.string().optional(),
}

const Variables = z.object({
  ...SERVER,
  ...JOBS,
  ...MAIL,
  ...DATABASE,
  ...KEYS,
})
export type Variables = z.output<typeof Variables>

/**
 * Reads every variable. A wrong one is added to `problems` and counts as unset from here on, so that the others are
 * checked in the same run.
 */
export function readVariables(env: Record<string, string | undefined>, problems: string[]): Variables {
  const parsed = Variables.safeParse(env)
  if (parsed.success) return parsed.data
  const wrong = new Set(parsed.error.issues.map(issue => String(issue.path[0])))
  problems.push(...parsed.error.issues.map(issue => `${issue.path.join('.')} ${issue.message}`))
  return Variables.parse(Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name))))
}

/** The entries of a comma-separated list. */
export function listed(value: string): string[] {
  return value
    .split(',')
    .map(entry => entry.trim())
    .filter(Boolean)
}
