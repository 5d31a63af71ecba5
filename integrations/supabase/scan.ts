import * as z from 'zod'
import type { PlatformClient, Subject } from '../platform.ts'
import { unless, type Rule, type Severity, type Sighting } from '../scan.ts'
import { advisors } from './advisors.ts'
import { SUPABASE_API } from './api.ts'
import { authRules } from './scan-auth.ts'

/**
 * Each schema names the members of an answer that are kept. The rest (connection strings, jwt_secret) is dropped before
 * anyone sees it.
 */
const Ssl = z.object({
  currentConfig: z.object({ database: z.boolean() }),
  appliedSuccessfully: z.boolean().default(true),
})
const Network = z.object({
  entitlement: z.string().optional(),
  config: z.object({
    dbAllowedCidrs: z.array(z.string()).default([]),
    dbAllowedCidrsV6: z.array(z.string()).default([]),
  }),
  status: z.string().optional(),
})
const Backups = z.object({
  pitr_enabled: z.boolean(),
  walg_enabled: z.boolean().optional(),
  backups: z.array(z.object({ status: z.string(), inserted_at: z.string() })).default([]),
  physical_backup_data: z.object({ latest_physical_backup_date_unix: z.number().nullish() }).nullish(),
})
const Upgrade = z.object({
  current_app_version: z.string(),
  latest_app_version: z.string(),
  eligible: z.boolean().optional(),
})
const DataApi = z.object({ db_schema: z.string().default(''), max_rows: z.number().optional() })
const LegacyKeys = z.object({ enabled: z.boolean() })
const Buckets = z.array(z.object({ id: z.string(), name: z.string(), public: z.boolean() }))
const Functions = z.array(z.object({ slug: z.string(), verify_jwt: z.boolean().optional() }))
const Members = z.array(z.object({ user_id: z.string(), role_name: z.string(), mfa_enabled: z.boolean() }))
const Project = z.object({
  organization_id: z.string(),
  organization_slug: z.string().optional(),
  status: z.string().optional(),
})

const HOUR_MS = 3600_000
/** Schemas that belong to the platform or must not be public. */
const PRIVATE_SCHEMAS = [
  'auth',
  'storage',
  'vault',
  'pgsodium',
  'extensions',
  'cron',
  'net',
  'supabase_functions',
  'supabase_migrations',
  'private',
]

type Ask = (client: PlatformClient, ref: string, subject: Subject) => Promise<Sighting[] | 'not_applicable'>

/** A rule about a project. It does not apply to an organization without projects. */
function ofProject(
  id: string,
  about: { title: string, severity: Severity, why: string, fix: string, scopes: readonly string[] },
  ask: Ask,
): Rule {
  return {
    id: `supabase.${id}`,
    ...about,
    async run(client, subject) {
      const ref = subject.accountId
      return ref && /^[a-z0-9_-]{1,64}$/i.test(ref) ? await ask(client, ref, subject) : 'not_applicable'
    },
  }
}

async function read<T>(client: PlatformClient, ref: string, path: string, schema: z.ZodType<T>): Promise<T> {
  return (await client.get(`${SUPABASE_API}/projects/${ref}${path}`, schema)).body
}

const projectRules: Rule[] = [
  ofProject(
    'advisors_security',
    {
      title: 'A finding of the security advisor',
      severity: 'medium',
      scopes: ['database:read'],
      why: 'Supabase\'s own advisor considers it a risk.',
      fix: 'Open the Security Advisor in the dashboard.',
    },
    (client, ref) => advisors(client, ref, 'security'),
  ),
  ofProject(
    'advisors_performance',
    {
      title: 'A finding of the performance advisor',
      severity: 'info',
      scopes: ['database:read'],
      why: 'It makes queries slower than necessary.',
      fix: 'Open the Performance Advisor in the dashboard.',
    },
    async (client, ref) =>
      (await advisors(client, ref, 'performance')).map(found => ({
        ...found,
        severity: found.severity === 'high' ? ('medium' as const) : ('info' as const),
      })),
  ),
  ofProject(
    'ssl_enforcement',
    {
      title: 'The database takes connections without TLS',
      severity: 'high',
      scopes: ['database:read'],
      why: 'Anyone on the network path can read passwords and rows.',
      fix: 'Database settings → SSL configuration: enforce SSL on incoming connections.',
    },
    async (client, ref) => {
      const { currentConfig, appliedSuccessfully } = await read(client, ref, '/ssl-enforcement', Ssl)
      return unless(currentConfig.database && appliedSuccessfully, {
        seen: currentConfig.database
          ? 'SSL enforcement was asked for and could not be applied.'
          : 'SSL is not enforced.',
        evidence: { enforced: currentConfig.database, applied: appliedSuccessfully },
      })
    },
  ),
  ofProject(
    'network_restrictions',
    {
      title: 'The database accepts connections from the whole internet',
      severity: 'medium',
      scopes: ['projects:read'],
      why: 'Anyone can try passwords.',
      fix: 'Database settings → Network restrictions: allow only the addresses of your servers.',
    },
    async (client, ref) => {
      const { entitlement, config, status } = await read(client, ref, '/network-restrictions', Network)
      const cidrs = [...config.dbAllowedCidrs, ...config.dbAllowedCidrsV6]
      const open = !cidrs.length || cidrs.includes('0.0.0.0/0') || cidrs.includes('::/0')
      return unless(!open && status !== 'stored', {
        seen: open ? 'Connections are allowed from every address.' : 'Restrictions are stored, and not applied yet.',
        ...(entitlement === 'disallowed'
          ? {
              severity: 'low' as const,
              fix: 'This plan has no network restrictions. Use strong passwords, and connect through the pooler.',
            }
          : {}),
        evidence: { allowed: cidrs.slice(0, 20) },
      })
    },
  ),
  ofProject(
    'backups',
    {
      title: 'No recent backup exists',
      severity: 'high',
      scopes: ['database:read'],
      why: 'Data that is deleted by mistake or by an attacker is lost.',
      fix: 'Database → Backups: enable daily backups (a paid plan), or dump the database on a schedule of your own.',
    },
    async (client, ref, { now }) => {
      const {
        backups,
        pitr_enabled: pitr,
        physical_backup_data: physical,
      } = await read(client, ref, '/database/backups', Backups)
      const newest = Math.max(
        0,
        (physical?.latest_physical_backup_date_unix ?? 0) * 1000,
        ...backups.filter(({ status }) => status === 'COMPLETED').map(({ inserted_at: at }) => new Date(at).getTime()),
      )
      if (pitr || newest > now.getTime() - 48 * HOUR_MS) return []
      return [
        {
          seen: newest
            ? `The newest complete backup is from ${new Date(newest).toISOString().slice(0, 10)}.`
            : 'No complete backup exists.',
          evidence: { newest: newest ? new Date(newest).toISOString() : null },
        },
      ]
    },
  ),
  ofProject(
    'pitr',
    {
      title: 'Point-in-time recovery is off',
      severity: 'low',
      scopes: ['database:read'],
      why: 'A restore loses everything since the last daily backup.',
      fix: 'Database → Backups → Point in time: enable it.',
    },
    async (client, ref) =>
      unless((await read(client, ref, '/database/backups', Backups)).pitr_enabled, {
        seen: 'Only daily backups can be restored.',
      }),
  ),
  ofProject(
    'postgres_version',
    {
      title: 'A newer Postgres is available',
      severity: 'low',
      scopes: ['projects:read'],
      why: 'It has fixes, some of them for security.',
      fix: 'Project settings → Infrastructure: upgrade the project.',
    },
    async (client, ref) => {
      const { current_app_version: current, latest_app_version: latest } = await read(
        client,
        ref,
        '/upgrade/eligibility',
        Upgrade,
      )
      return unless(current === latest, {
        seen: `The project runs ${current}; ${latest} is available.`,
        evidence: { current, latest },
      })
    },
  ),
  ofProject(
    'exposed_schemas',
    {
      title: 'A private schema is in the API',
      severity: 'high',
      scopes: ['rest:read'],
      why: 'Its tables and functions can be reached from the internet.',
      fix: 'Project settings → Data API → Exposed schemas: remove it.',
    },
    async (client, ref) => {
      const { db_schema: exposed } = await read(client, ref, '/postgrest', DataApi)
      return exposed
        .split(',')
        .map(name => name.trim())
        .filter(name => PRIVATE_SCHEMAS.includes(name))
        .map(name => ({
          subject: name,
          seen: `The schema ${name} is exposed by the data API.`,
          evidence: { schema: name },
        }))
    },
  ),
  ofProject(
    'max_rows',
    {
      title: 'The API returns very many rows at once',
      severity: 'info',
      scopes: ['rest:read'],
      why: 'A single request can copy a table.',
      fix: 'Project settings → Data API → Max rows: 1000 is the default.',
    },
    async (client, ref) => {
      const { max_rows: rows } = await read(client, ref, '/postgrest', DataApi)
      return unless((rows ?? 0) <= 10_000, {
        seen: `One request can return ${rows} rows.`,
        evidence: { max_rows: rows ?? null },
      })
    },
  ),
  ofProject(
    'legacy_keys',
    {
      title: 'Legacy API keys still work',
      severity: 'medium',
      scopes: ['secrets:read'],
      why: 'anon and service_role keys cannot be rotated on their own; a leaked one lives as long as the JWT secret.',
      fix: 'Project settings → API keys: move to publishable and secret keys, then disable the legacy ones.',
    },
    async (client, ref) =>
      unless(!(await read(client, ref, '/api-keys/legacy', LegacyKeys)).enabled, {
        seen: 'Legacy anon and service_role keys are enabled.',
      }),
  ),
  ofProject(
    'public_buckets',
    {
      title: 'A storage bucket is public',
      severity: 'low',
      scopes: ['storage:read'],
      why: 'Anyone who knows the path of a file can read it without signing in.',
      fix: 'Storage → the bucket → Edit: turn "Public bucket" off unless it is meant.',
    },
    async (client, ref) =>
      (await read(client, ref, '/storage/buckets', Buckets))
        .filter(bucket => bucket.public)
        .map(({ id, name }) => ({ subject: id, seen: `The bucket ${name} is public.`, evidence: { bucket: name } })),
  ),
  ofProject(
    'functions_without_jwt',
    {
      title: 'An Edge Function accepts requests from anyone',
      severity: 'low',
      scopes: ['edge_functions:read'],
      why: 'It must check its callers itself.',
      fix: 'Make sure that it checks them (webhooks do so by signature), or deploy it with JWT verification.',
    },
    async (client, ref) =>
      (await read(client, ref, '/functions', Functions))
        .filter(({ verify_jwt: verify }) => verify === false)
        .map(({ slug }) => ({
          subject: slug,
          seen: `${slug} is deployed without JWT verification.`,
          evidence: { function: slug },
        })),
  ),
  ofProject(
    'owners_without_mfa',
    {
      title: 'A member with full rights has no second factor',
      severity: 'high',
      scopes: ['organizations:read', 'projects:read'],
      why: 'Their password alone opens the organization.',
      fix: 'Ask them to turn it on: Account preferences → Security. Or enforce it for the organization.',
    },
    async (client, ref) => {
      const { organization_slug: slug, organization_id: id } = await read(client, ref, '', Project)
      const { body } = await client.get(
        `${SUPABASE_API}/organizations/${encodeURIComponent(slug ?? id)}/members`,
        Members,
      )
      return body
        .filter(({ role_name: role, mfa_enabled: mfa }) => !mfa && /^(owner|administrator)$/i.test(role))
        .map(({ user_id: member, role_name: role }) => ({
          subject: member,
          seen: `An ${role.toLowerCase()} signs in without a second factor.`,
          evidence: { member, role },
        }))
    },
  ),
]

export const supabaseRules: Rule[] = [...projectRules, ...authRules]
