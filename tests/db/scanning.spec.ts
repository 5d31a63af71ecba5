import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { LINTS_SQL } from '../../integrations/supabase/lints.ts'
import { runMaintenance } from '../../server/usecases/run-maintenance.ts'
import { receiveWebhook } from '../../server/usecases/scanning/receive-webhook.ts'
import { scanDue } from '../../server/usecases/scanning/scan-due.ts'
import { GitHubApi } from '../../rigs/platform-apis.ts'
import type { JobRig } from '../../rigs/job-rig.ts'
import { onBothDatabases, useJobRig } from '../../rigs/on-both-databases.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'
import { signUp } from '../../rigs/rest-user.ts'
import type { SeenRequest, StandInAnswer } from '../../rigs/stand-ins.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const BUDGET = 30 * MINUTE

/** The API's answers for a project without a problem. A test changes the ones that it is about. */
function goodProject(): Record<string, unknown> {
  return {
    '/advisors/security': { lints: [] },
    '/advisors/performance': { lints: [] },
    '/ssl-enforcement': { currentConfig: { database: true }, appliedSuccessfully: true },
    '/network-restrictions': {
      entitlement: 'allowed',
      config: { dbAllowedCidrs: ['203.0.113.0/24'], dbAllowedCidrsV6: [] },
      status: 'applied',
    },
    '/database/backups': {
      region: 'x',
      walg_enabled: true,
      pitr_enabled: true,
      backups: [],
    },
    '/upgrade/eligibility': {
      eligible: false,
      current_app_version: 'postgres-17.4',
      latest_app_version: 'postgres-17.4',
    },
    '/postgrest': {
      db_schema: 'public,graphql_public',
      max_rows: 1000,
      db_extra_search_path: 'public',
      jwt_secret: 'a-jwt-secret-that-must-not-be-kept',
    },
    '/api-keys/legacy': { enabled: false },
    '/storage/buckets': [{
      id: 'b',
      name: 'private',
      public: false,
      owner: '',
      created_at: '',
      updated_at: '',
    }],
    '/functions': [{
      id: 'f',
      slug: 'hello',
      name: 'hello',
      status: 'ACTIVE',
      version: 1,
      verify_jwt: true,
    }],
    '': {
      id: 'ref',
      organization_id: 'org',
      organization_slug: 'acme',
      name: 'p',
      status: 'ACTIVE_HEALTHY',
    },
    '/config/auth': {
      password_min_length: 12,
      password_required_characters: 'abc:123',
      password_hibp_enabled: true,
      mailer_autoconfirm: false,
      mailer_otp_exp: 3600,
      mailer_secure_email_change_enabled: true,
      disable_signup: true,
      mfa_totp_verify_enabled: true,
      refresh_token_rotation_enabled: true,
      jwt_exp: 3600,
      site_url: 'https://app.example.com',
      uri_allow_list: 'https://app.example.com/**',
      smtp_pass: 'an-smtp-password-that-must-not-be-kept',
      external_google_secret: 'a-google-secret-that-must-not-be-kept',
      hook_send_sms_secrets: 'v1,whsec_must-not-be-kept-aaaaaaaa',
    },
  }
}

let rig: SupabaseRig
let jobs: JobRig

const add = (type: string, columns: Record<string, unknown> = {}, config = {}) =>
  jobs.addRow(type, {
    config,
    columns: { expires_at: new Date(jobs.clock.ms + 30 * DAY), next_refresh_at: null, ...columns },
  })
const request = (id: string) =>
  jobs.deps.scans.request({ organizationId: jobs.userId, id }, jobs.userId)
const scan = async (id: string) => {
  await request(id)
  await scanDue(jobs.deps, BUDGET)
  return await latest(id)
}
const latest = async (id: string) =>
  (
    await rig.sql('select * from assessments where integration_id = $1 order by requested_at desc limit 1', [id])
  )[0] as {
    id: string
    status: string
    score: number
    error: string | null
    counts: Record<string, number>
    rules: { rule: string, outcome: string, detail: string | null }[]
    attempts: number
  }
const findings = async (id: string) =>
  (await rig.sql(
    `select f.* from findings f join assessments a on a.id = f.assessment_id
    where a.id = $1 order by f.rule_id, f.subject`,
    [(await latest(id)).id],
  )) as {
    rule_id: string
    subject: string
    state: string
    severity: string
    seen: string
    title: string
    evidence: Record<string, unknown>
    first_seen_at: unknown
  }[]
const seenRules = async (id: string) => [
  ...new Set((await findings(id)).filter(({ state }) => state !== 'fixed').map(({ rule_id: rule }) => rule)),
]
const project =
  (answers: Record<string, unknown>, refused: Record<string, number> = {}) =>
    (request: SeenRequest): StandInAnswer => {
      const [, ref, path] = /^\/v1\/projects\/([^/]+)(.*)$/.exec(request.path) ?? []
      if (request.path === '/v1/organizations/acme/members')
        return {
          json: answers.members ?? [
            {
              user_id: 'u',
              user_name: 'n',
              role_name: 'Owner',
              mfa_enabled: true,
              email: 'o@example.com',
            },
          ],
        }
      if (refused[path ?? request.path]) return { status: refused[path ?? request.path]!, json: { message: 'no' } }
      return ref && answers[path!] !== undefined
        ? { status: request.method === 'POST' ? 201 : 200, json: answers[path!] }
        : { status: 404, json: { message: 'Not found' } }
    }

const repo = (name: string, more: object = {}) => ({
  id: 1,
  full_name: `o/${name}`,
  pushed_at: '2026-11-01T00:00:00Z',
  private: true,
  default_branch: 'main',
  permissions: { admin: true },
  security_and_analysis: {
    secret_scanning: { status: 'enabled' },
    secret_scanning_push_protection: { status: 'enabled' },
  },
  ...more,
})

/** Rules that a project violates, and the answers that differ from a good project's. `auth` is a part of its config. */
const VIOLATIONS: [string, Record<string, unknown>][] = [
  [
    'supabase.ssl_enforcement',
    { '/ssl-enforcement': { currentConfig: { database: false }, appliedSuccessfully: true } },
  ],
  [
    'supabase.network_restrictions',
    {
      '/network-restrictions': {
        entitlement: 'allowed',
        config: { dbAllowedCidrs: ['0.0.0.0/0'], dbAllowedCidrsV6: [] },
        status: 'applied',
      },
    },
  ],
  [
    'supabase.network_restrictions',
    { '/network-restrictions': { config: { dbAllowedCidrs: ['10.0.0.0/8'] }, status: 'stored' } },
  ],
  [
    'supabase.backups supabase.pitr',
    {
      '/database/backups': {
        pitr_enabled: false,
        backups: [{ id: 1, status: 'FAILED', inserted_at: new Date().toISOString() }],
      },
    },
  ],
  [
    'supabase.pitr',
    {
      '/database/backups': {
        pitr_enabled: false,
        backups: [{ id: 1, status: 'COMPLETED', inserted_at: new Date().toISOString() }],
      },
    },
  ],
  [
    'supabase.postgres_version',
    { '/upgrade/eligibility': { current_app_version: 'postgres-15.1', latest_app_version: 'postgres-17.4' } },
  ],
  ['supabase.exposed_schemas', { '/postgrest': { db_schema: 'public, vault', max_rows: 1000 } }],
  ['supabase.max_rows', { '/postgrest': { db_schema: 'public', max_rows: 1_000_000 } }],
  ['supabase.legacy_keys', { '/api-keys/legacy': { enabled: true } }],
  ['supabase.public_buckets', { '/storage/buckets': [{ id: 'b', name: 'avatars', public: true }] }],
  ['supabase.functions_without_jwt', { '/functions': [{ slug: 'hook', verify_jwt: false }] }],
  ['supabase.owners_without_mfa', { members: [{ user_id: 'u', role_name: 'Owner', mfa_enabled: false }] }],
  ['supabase.auth_password_length', { auth: { password_min_length: 6 } }],
  ['supabase.auth_password_characters', { auth: { password_required_characters: '' } }],
  ['supabase.auth_leaked_passwords', { auth: { password_hibp_enabled: false } }],
  ['supabase.auth_mfa', { auth: { mfa_totp_verify_enabled: false } }],
  ['supabase.auth_email_confirmation', { auth: { mailer_autoconfirm: true } }],
  ['supabase.auth_email_change', { auth: { mailer_secure_email_change_enabled: false } }],
  ['supabase.auth_otp_expiry', { auth: { mailer_otp_exp: 86_400 } }],
  ['supabase.auth_captcha', { auth: { disable_signup: false, security_captcha_enabled: false } }],
  ['supabase.auth_refresh_rotation', { auth: { refresh_token_rotation_enabled: false } }],
  ['supabase.auth_jwt_expiry', { auth: { jwt_exp: 604_800 } }],
  [
    'supabase.auth_redirect_urls',
    { auth: { uri_allow_list: 'https://app.example.com/**,http://app.example.com,https://*.example.com/**' } },
  ],
]

/** Headers of a webhook that must be refused. */
const BAD_SIGNATURES: [string, (body: string, sign: (text: string) => string) => Record<string, string>][] = [
  ['forged', body => ({ 'x-hub-signature-256': `sha256=${jobs.deps.sign('another secret', body)}` })],
  ['unsigned', () => ({})],
  ['signed for another body', (_body, sign) => ({ 'x-hub-signature-256': sign('{}') })],
  ['signed in another form', (body, sign) => ({ 'x-hub-signature-256': sign(body).toUpperCase() })],
]

function supabaseRules(): void {
  it('A Supabase project that is as it should be passes every rule, with a score of 100', async () => {
    jobs.apis.set('supabase', project(goodProject()))
    const id = await add('supabase')
    const { status, score, rules } = await scan(id)
    expect([status, score]).toEqual(['completed', 100])
    expect(rules.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
    expect(rules.length).toBeGreaterThan(24)
  })

  it.each(VIOLATIONS)('A scan finds %s where the project violates it', async (rules, change) => {
    const { auth, ...rest } = change
    const good = goodProject()
    jobs.apis.set(
      'supabase',
      project({
        ...good,
        ...rest,
        ...(auth ? { '/config/auth': { ...(good['/config/auth'] as object), ...(auth as object) } } : {}),
      }),
    )
    const id = await add('supabase')
    await scan(id)
    expect((await seenRules(id)).join(' ')).toBe(rules)
  })
}

function advisors(): void {
  it('What the Supabase advisors say becomes findings, which are known again by their cache key', async () => {
    const lint = {
      name: 'rls_disabled_in_public',
      title: 'RLS Disabled in Public',
      level: 'ERROR',
      facing: 'EXTERNAL',
      categories: ['SECURITY'],
      description: 'Detects tables',
      detail: 'Table `public.orders` is public, but RLS has not been enabled.',
      remediation: 'https://supabase.com/docs/guides/database/database-linter?lint=0013',
      metadata: { schema: 'public', name: 'orders', type: 'table' },
      cache_key: 'rls_disabled_in_public_public_orders',
    }
    jobs.apis.set(
      'supabase',
      project({
        ...goodProject(),
        '/advisors/security': {
          lints: [
            lint,
            {
              ...lint,
              name: 'something_new',
              level: 'NOVEL',
              cache_key: 'k2',
            },
            { ...lint, name: 'project_not_active', cache_key: 'k3' },
          ],
        },
      }),
    )
    const id = await add('supabase')
    await scan(id)
    expect(await findings(id)).toEqual([
      expect.objectContaining({ rule_id: 'supabase.advisors_security', subject: 'k2', severity: 'medium' }),
      expect.objectContaining({
        subject: lint.cache_key,
        severity: 'high',
        title: lint.title,
        evidence: {
          lint: lint.name,
          schema: 'public',
          entity: 'orders',
          type: 'table',
        },
      }),
    ])
  })

  it('When the Supabase advisors are gone, their successor is asked, and then the catalog', async () => {
    const answers = {
      ...goodProject(),
      '/database/query/read-only': [
        {
          name: 'rls_disabled_in_public',
          title: 'RLS disabled in public',
          level: 'ERROR',
          description: 'd',
          detail: 'Table public.t',
          schema: 'public',
          entity: 't',
          type: 'table',
        },
      ],
    }
    delete (answers as Record<string, unknown>)['/advisors/security']
    jobs.apis.set('supabase', project(answers))
    const id = await add('supabase')
    await scan(id)
    expect(await seenRules(id)).toEqual(['supabase.advisors_security'])
    expect(
      jobs.standIns.seen
        .filter(({ method }) => method === 'POST')
        .map(({ path }) => path.split('/').slice(-2).join('/')),
    ).toEqual(['advisors/run', 'query/read-only'])
  })

  it('The questions to the catalog find what is wrong in a real database', async () => {
    await rig.sql('create table public.lint_open (id int)')
    await rig.sql('grant select on public.lint_open to anon')
    await rig.sql('create view public.lint_view as select 1 as one')
    await rig.sql('grant select on public.lint_view to anon')
    await rig.sql('create function public.lint_definer() returns int language sql security definer as $$ select 1 $$')
    try {
      const rows = await rig.sql(LINTS_SQL)
      expect(
        rows
          .filter(({ entity }) => String(entity).startsWith('lint_'))
          .map(({ name, entity }) => `${String(name)} ${String(entity)}`),
      ).toEqual([
        'function_search_path_mutable lint_definer',
        'rls_disabled_in_public lint_open',
        'security_definer_view lint_view',
      ])
      // Coffer's own schema has no problem.
      expect(rows.filter(({ level, entity }) => level === 'ERROR' && !String(entity).startsWith('lint_'))).toEqual([])
    } finally {
      await rig.sql('drop function public.lint_definer()')
      await rig.sql('drop view public.lint_view')
      await rig.sql('drop table public.lint_open')
    }
  })
}

function answers(): void {
  it('A 403 during a scan is a result, not a failure, and says which scope is missing', async () => {
    jobs.apis.set(
      'supabase',
      project(goodProject(), { '/api-keys/legacy': 403, '/config/auth': 403, '/storage/buckets': 500 }),
    )
    const id = await add('supabase')
    const { status, score, rules } = await scan(id)
    expect([status, score]).toEqual(['completed', 100])
    expect(rules.find(({ rule }) => rule === 'supabase.legacy_keys')).toMatchObject({
      outcome: 'not_permitted',
      detail: 'Needs the scope secrets:read.',
    })
    expect(rules.find(({ rule }) => rule === 'supabase.public_buckets')).toMatchObject({ outcome: 'unavailable' })
  })

  it('Text that no database takes, cut in the middle of a character, still becomes a finding', async () => {
    const name = `${'x'.repeat(980)}\0${'😀'.repeat(30)}\ud83d`
    jobs.apis.set('supabase', project({ ...goodProject(), '/storage/buckets': [{ id: 'b\0', name, public: true }] }))
    const id = await add('supabase')
    expect((await scan(id)).status).toBe('completed')
    expect(await findings(id)).toEqual([
      expect.objectContaining({ rule_id: 'supabase.public_buckets', subject: 'b' }),
    ])
  })

  it('Secrets in a platform\'s answers are stored nowhere after a scan', async () => {
    jobs.apis.set(
      'supabase',
      project({
        ...goodProject(),
        '/storage/buckets': [
          {
            id: 'b',
            name: 'sb_secret_abcdefghijklmnopqrstuvwx and ghp_abcdefghijklmnopqrstuvwxyz0123456789',
            public: true,
          },
        ],
        '/advisors/security': {
          lints: [
            {
              name: 'x',
              title: '<script>alert(1)</script>',
              level: 'WARN',
              detail: 'postgres://admin:hunter2hunter2@db.example.com password=correct-horse',
              cache_key: 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl',
              metadata: { name: '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----' },
            },
          ],
        },
      }),
    )
    const id = await add('supabase')
    expect((await scan(id)).status).toBe('completed')
    const everything = JSON.stringify([
      await rig.sql('select * from assessments'),
      await rig.sql('select * from findings'),
      await rig.sql('select * from audit_log'),
    ])
    expect(everything).not.toMatch(/must-not-be-kept|sb_secret_abc|ghp_abc|hunter2|correct-horse|eyJhbGci|MIIEvQ/)
    expect(everything).toContain('[redacted]')
  })
}

function githubRules(): void {
  it('Every GitHub rule finds what it is about', async () => {
    const api = new GitHubApi()
    api.repos = [
      repo('bad', {
        security_and_analysis: {
          secret_scanning: { status: 'disabled' },
          secret_scanning_push_protection: { status: 'disabled' },
        },
      }),
      repo('fork', { fork: true }),
      repo('foreign', { permissions: { admin: false } }),
    ]
    api.more = {
      '/user': { json: { id: 1, login: 'octocat', two_factor_authentication: false } },
      '/user/orgs': { json: [{ login: 'acme' }, { login: 'other' }] },
      '/orgs/acme': { json: { login: 'acme', two_factor_requirement_enabled: false } },
      '/orgs/other': { json: { login: 'other' } },
      '/repos/o/bad/branches/main': { json: { name: 'main', protected: false } },
      '/repos/o/bad/dependabot/alerts': {
        json: [
          { number: 1, security_advisory: { severity: 'low' } },
          { number: 2, security_advisory: { severity: 'critical' } },
        ],
      },
      '/repos/o/bad/keys': {
        json: [
          {
            id: 7,
            title: 'old',
            read_only: false,
            created_at: '2020-01-01T00:00:00Z',
            last_used: null,
          },
          {
            id: 8,
            title: 'fresh',
            read_only: true,
            created_at: new Date(jobs.clock.ms).toISOString(),
          },
        ],
      },
      '/user/installations': {
        json: {
          installations: [
            {
              id: 3,
              app_slug: 'robot',
              repository_selection: 'all',
              permissions: { administration: 'write', metadata: 'read' },
              account: { login: 'acme' },
            },
          ],
        },
      },
    }
    jobs.apis.set('github', request => api.answer(request))
    const id = await add('github', { granted_scopes: '{read:user,repo,read:org,gist}' })
    const { rules } = await scan(id)
    expect(rules.filter(({ outcome }) => outcome !== 'failed')).toEqual([])
    const found = await findings(id)
    expect(found.map(({ rule_id: rule, subject, severity }) => [rule, subject, severity])).toEqual(
      [
        ['github.account_2fa', '', 'high'],
        ['github.app_permissions', 'robot 3', 'medium'],
        ['github.branch_protection', 'o/bad', 'medium'],
        ['github.dependabot_alerts', 'o/bad', 'critical'],
        ['github.deploy_keys', 'o/bad 7', 'medium'],
        ['github.org_2fa', 'acme', 'high'],
        ['github.push_protection', 'o/bad', 'low'],
        ['github.secret_scanning', 'o/bad', 'medium'],
        ['grant.scopes', 'gist', 'low'],
        ['grant.scopes', 'repo', 'info'],
      ].sort((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1)),
    )
  })

  it('A GitHub repository that may not be looked at says nothing about the others', async () => {
    const api = new GitHubApi()
    api.repos = [repo('closed'), repo('open')]
    api.more = {
      '/repos/o/closed/branches/main': { status: 403, json: {} },
      '/repos/o/open/branches/main': { json: { protected: false } },
      '/repos/o/closed/dependabot/alerts': { status: 403, json: {} },
      '/repos/o/open/dependabot/alerts': { status: 403, json: {} },
    }
    jobs.apis.set('github', request => api.answer(request))
    const id = await add('github')
    const { rules } = await scan(id)
    expect(await seenRules(id)).toEqual(['github.branch_protection'])
    expect(rules.find(({ rule }) => rule === 'github.dependabot_alerts')).toMatchObject({
      outcome: 'not_permitted',
      detail: 'Needs the scope security_events.',
    })
  })
}

function gmailRules(): void {
  it('A scan of Gmail finds forwarding, and names a scope that Google added', async () => {
    jobs.apis.set('google_gmail', ({ path }) =>
      path.endsWith('autoForwarding')
        ? { json: { enabled: true, emailAddress: 'x@evil.test' } }
        : path.endsWith('filters')
          ? {
              json: {
                filter: [
                  { id: 'f1', action: { forward: 'y@evil.test' } },
                  { id: 'f2', action: {} },
                ],
              },
            }
          : path.endsWith('pop')
            ? { json: { accessWindow: 'disabled' } }
            : path.endsWith('imap')
              ? { json: { enabled: true } }
              : (undefined as never),
    )
    const id = await add('google_gmail', {
      granted_scopes: `{openid,${['userinfo.email', 'gmail.readonly', 'drive']
        .map(scope => `https://www.googleapis.com/auth/${scope}`)
        .join()}}`,
    })
    await scan(id)
    expect((await findings(id)).map(({ rule_id: rule, subject }) => `${rule} ${subject}`)).toEqual([
      'gmail.auto_forwarding ',
      'gmail.forwarding_filters f1',
      'gmail.imap ',
      'grant.scopes https://www.googleapis.com/auth/drive',
    ])
  })
}

function history(): void {
  let bad: boolean
  beforeEach(() => {
    bad = true
    jobs.apis.set('supabase', request =>
      project({
        ...goodProject(),
        '/ssl-enforcement': { currentConfig: { database: !bad }, appliedSuccessfully: true },
      })(request),
    )
  })

  it('A finding is new, then open since the first time, then fixed, then gone', async () => {
    const id = await add('supabase')
    await scan(id)
    const [first] = await findings(id)
    expect(first).toMatchObject({ state: 'new' })
    jobs.clock.ms += DAY
    await scan(id)
    expect(await findings(id)).toEqual([
      expect.objectContaining({ state: 'open', first_seen_at: first!.first_seen_at }),
    ])
    bad = false
    jobs.clock.ms += DAY
    const fixed = await scan(id)
    expect(await findings(id)).toEqual([expect.objectContaining({ state: 'fixed' })])
    expect([fixed.score, fixed.counts]).toEqual([
      100,
      {
        critical: 0,
        high: 0,
        medium: 0,
        low: 0,
        info: 0,
        new: 0,
        fixed: 1,
      },
    ])
    jobs.clock.ms += DAY
    await scan(id)
    expect(await findings(id)).toEqual([])
  })

  it('A finding that could not be looked at again is neither open nor fixed', async () => {
    const id = await add('supabase')
    await scan(id)
    jobs.apis.set('supabase', project(goodProject(), { '/ssl-enforcement': 403 }))
    jobs.clock.ms += DAY
    const { score } = await scan(id)
    expect(await findings(id)).toEqual([expect.objectContaining({ state: 'unknown' })])
    expect(score).toBe(80)
  })

  it('Old assessments are deleted, and the last completed one stays', async () => {
    const id = await add('supabase')
    await scan(id)
    jobs.clock.ms += DAY
    await scan(id)
    jobs.clock.ms += 400 * DAY
    expect(await runMaintenance(jobs.deps, 0)).toMatchObject({ assessmentsDeleted: 1 })
    expect(await rig.sql('select count(*)::int as n from assessments')).toEqual([{ n: 1 }])
    expect(await findings(id)).toHaveLength(1)
  })
}

function schedules(): void {
  beforeEach(() => jobs.apis.set('supabase', project(goodProject())))

  it('A turn that has come is one scan, and the next turn is when the schedule says', async () => {
    const id = await add('supabase', { scan_schedule: 'CRON_TZ=Europe/Berlin 0 3 * * *' })
    await jobs.set(id, { scan_schedule: null, next_check_at: null })
    await jobs.set(id, {
      scan_schedule: 'CRON_TZ=Europe/Berlin 0 3 * * *',
      next_check_at: new Date(jobs.clock.ms - MINUTE),
    })
    expect(await scanDue(jobs.deps, BUDGET)).toMatchObject({ scansQueued: 1, scansCompleted: 1, remaining: 0 })
    expect(await scanDue(jobs.deps, BUDGET)).toMatchObject({ scansQueued: 0, scansCompleted: 0 })
    const next = new Date((await jobs.row(id)).next_check_at as string)
    expect(next.getTime()).toBeGreaterThan(jobs.clock.ms)
    expect(next.getTime() - jobs.clock.ms).toBeLessThan(DAY + 5 * MINUTE)
    expect(
      new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', hour: 'numeric', hour12: false }).format(next),
    ).toBe('03')
    expect(await latest(id)).toMatchObject({ status: 'completed' })
    // The daily health check leaves such rows to their scans.
    await jobs.set(id, { scan_schedule: '0 4 * * *', next_check_at: new Date(jobs.clock.ms - MINUTE) })
    expect(await runMaintenance(jobs.deps, BUDGET)).toMatchObject({ integrationsChecked: 0 })
  })

  it('The database refuses a schedule that is not one', async () => {
    const id = await add('supabase')
    const invalid = rig.sql('update integrations set scan_schedule = \'whenever\' where id = $1', [id])
    await expect(invalid).rejects.toThrow()
  })

  it('Paused and refused integrations have no turns, and a scan of a refused one says so', async () => {
    const turn = { scan_schedule: '0 3 * * *', next_check_at: new Date(jobs.clock.ms - MINUTE) }
    await jobs.set(await add('supabase'), { ...turn, status: 'paused' })
    await jobs.set(await add('supabase'), { ...turn, status: 'needs_reauth' })
    expect((await scanDue(jobs.deps, BUDGET)).scansQueued).toBe(0)
    jobs.apis.set('supabase', () => ({ status: 401, json: {} }))
    const id = await add('supabase')
    const { status, error } = await scan(id)
    expect([status, error]).toEqual([
      'failed',
      'The platform no longer accepts the credentials. Reconnect the account.',
    ])
    expect((await jobs.row(id)).status).toBe('needs_reauth')
    expect(jobs.tokenRequests()).toBe(1)
  })
}

function scanners(): void {
  beforeEach(() => jobs.apis.set('discord', () => ({ json: { mfa_enabled: false } })))

  it('Four scanners on one queue make each scan once', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => add('discord')))
    for (const id of ids)
      await jobs.set(id, { scan_schedule: '0 3 * * *', next_check_at: new Date(jobs.clock.ms - MINUTE) })
    const runs = await Promise.all(
      [jobs.deps, jobs.replica(), jobs.replica(), jobs.replica()].map(deps => scanDue(deps, BUDGET)),
    )
    expect(runs.reduce((sum, run) => sum + run.scansCompleted, 0)).toBe(12)
    expect(jobs.standIns.seen).toHaveLength(12)
    expect(
      await rig.sql(
        `select count(*)::int as n, count(distinct integration_id)::int as of from assessments
        where status = 'completed'`,
      ),
    ).toEqual([{ n: 12, of: 12 }])
  })

  it('A scanner that dies leaves its scan to another, and what it would still write is refused', async () => {
    const id = await add('discord')
    await request(id)
    const [dead] = await jobs.deps.scans.claim(['discord'], 1)
    expect((await scanDue(jobs.deps, BUDGET)).scansCompleted).toBe(0)
    jobs.clock.ms += 121_000
    expect((await scanDue(jobs.deps, BUDGET)).scansCompleted).toBe(1)
    const result = {
      status: 'completed' as const,
      score: 100,
      counts: {},
      rules: [],
      error: null,
      scannerVersion: '0',
    }
    expect(await jobs.deps.scans.finish(dead!, result, [], null)).toBe(false)
    expect((await latest(id)).score).toBe(92)
  })

  it('A scan whose scanners die again and again is given up', async () => {
    const id = await add('discord')
    await request(id)
    for (let n = 0; n < 3; n++) {
      await jobs.deps.scans.claim(['discord'], 1)
      jobs.clock.ms += 121_000
    }
    await scanDue(jobs.deps, BUDGET)
    expect(await latest(id)).toMatchObject({ status: 'failed', error: 'The scanner was interrupted three times.' })
  })
}

function waiting(): void {
  beforeEach(() => jobs.apis.set('discord', () => ({ json: { mfa_enabled: false } })))

  it('A scanner without the OAuth app\'s secret waits until somebody refreshes, and scans then', async () => {
    const id = await add('discord', {
      expires_at: new Date(jobs.clock.ms - MINUTE),
      next_refresh_at: new Date(jobs.clock.ms - MINUTE),
    })
    await request(id)
    const alone = { ...jobs.deps, oauthApp: async () => undefined }
    await scanDue(alone, BUDGET)
    expect(await latest(id)).toMatchObject({ status: 'queued' })
    await jobs.set(id, { expires_at: new Date(jobs.clock.ms + DAY), status: 'active', next_refresh_at: null })
    jobs.clock.ms += 6 * MINUTE
    await scanDue(alone, BUDGET)
    expect(await latest(id)).toMatchObject({ status: 'completed' })
  })

  it('A scanner that waits in vain for a refresh gives up after the third time, and says why', async () => {
    const id = await add('discord', {
      expires_at: new Date(jobs.clock.ms - MINUTE),
      next_refresh_at: new Date(jobs.clock.ms - MINUTE),
    })
    await request(id)
    for (let n = 0; n < 4; n++) {
      await scanDue({ ...jobs.deps, oauthApp: async () => undefined }, BUDGET)
      await jobs.set(id, { status: 'active', next_refresh_at: new Date(jobs.clock.ms) })
      jobs.clock.ms += 61 * MINUTE
    }
    expect(await latest(id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('has not issued another one yet') as string,
    })
  })

  it('A scanner that is told to stop puts its scan back', async () => {
    const id = await add('discord')
    await request(id)
    let asked = false
    const stopping = {
      ...jobs.deps,
      stopping: () => asked,
      fetch: (async (url, init) => {
        asked = true
        return await jobs.deps.fetch(url, init)
      }) as typeof jobs.deps.fetch,
    }
    jobs.apis.set('supabase', project(goodProject()))
    const project2 = await add('supabase')
    await request(project2)
    await scanDue(stopping, BUDGET)
    expect(await latest(project2)).toMatchObject({ status: 'queued' })
    await scanDue(jobs.deps, BUDGET)
    expect(await latest(project2)).toMatchObject({ status: 'completed' })
    expect(await latest(id)).toMatchObject({ status: 'completed' })
  })
}

function webhooks(): void {
  let api: GitHubApi
  let id: string
  const secret = 'the secret of the webhook'
  const sign = (body: string) => `sha256=${jobs.deps.sign(secret, body)}`
  const send = async (body: string, headers: Record<string, string>, to = id) => {
    const accepted = await receiveWebhook(jobs.deps, {
      type: 'github',
      integrationId: to,
      body,
      header: name => headers[name],
    })
    await accepted?.work
    return accepted ? 'accepted' : 'seen before'
  }
  beforeEach(async () => {
    api = new GitHubApi()
    jobs.apis.set('github', request => api.answer(request))
    id = await add('github')
    const config = jobs.deps.vault.seal(
      { webhook_secret: secret },
      { organizationId: jobs.userId, integrationId: id },
    )
    await jobs.deps.webhooks.save(
      {
        organizationId: jobs.userId,
        integrationId: id,
        integrationType: 'github',
        config,
      },
      jobs.deps.vault.keyId,
    )
  })

  it('A signed webhook is accepted once, and what changed is looked at', async () => {
    const body = JSON.stringify({ action: 'created', rule: { id: 1 } })
    const headers = {
      'x-hub-signature-256': sign(body),
      'x-github-event': 'branch_protection_rule',
      'x-github-delivery': randomUUID(),
    }
    expect(await send(body, headers)).toBe('accepted')
    expect(await latest(id)).toMatchObject({ status: 'completed', cause: 'webhook' })
    expect(await rig.sql('select count(*)::int as n from poll_sources where last_outcome = \'ok\'')).toEqual([
      { n: 2 },
    ])
    // It comes again under another delivery id. The id is not signed, the body is.
    expect(await send(body, { ...headers, 'x-github-delivery': randomUUID() })).toBe('seen before')
    expect(await rig.sql('select count(*)::int as n from assessments')).toEqual([{ n: 1 }])
    expect((await rig.sql('select last_event from webhook_receivers'))[0]).toEqual({
      last_event: 'branch_protection_rule',
    })
  })

  it.each(BAD_SIGNATURES)('A webhook that is %s is refused', async (_name, headers) => {
    await expect(send('{"a":1}', headers('{"a":1}', sign))).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'This message is not accepted.',
    })
    expect(await rig.sql('select count(*)::int as n from webhook_deliveries')).toEqual([{ n: 0 }])
  })

  it('A webhook for an integration without one, or for none, is refused in the same words', async () => {
    for (const to of [await add('github'), randomUUID()]) {
      await expect(send('{}', { 'x-hub-signature-256': sign('{}') }, to)).rejects.toMatchObject({
        code: 'unauthorized',
        message: 'This message is not accepted.',
      })
    }
  })

  it('A webhook that comes while a scan runs causes another scan after it', async () => {
    await request(id)
    const [lease] = await jobs.deps.scans.claim(['github'], 1)
    await send('{"n":1}', { 'x-hub-signature-256': sign('{"n":1}'), 'x-github-event': 'repository' })
    expect(await rig.sql('select status from assessments')).toEqual([{ status: 'running' }])
    jobs.clock.ms += 1000
    await jobs.deps.scans.finish(
      lease!,
      {
        status: 'completed',
        score: 100,
        counts: {},
        rules: [],
        error: null,
        scannerVersion: '0',
      },
      [],
      null,
    )
    expect((await scanDue(jobs.deps, BUDGET)).scansCompleted).toBe(1)
  })

  it('The webhook secret is stored sealed, and neither members nor strangers can read it', async () => {
    expect(JSON.stringify(await rig.sql('select * from webhook_receivers'))).not.toContain(secret)
    await expect(rig.sql('update webhook_receivers set config = \'{"webhook_secret": "plain"}\'')).rejects.toThrow()
    const stranger = await signUp(rig)
    const ask = async (path: string) =>
      await rig.fetch(`/rest/v1/${path}`, {
        headers: { apikey: rig.keys.publishable, authorization: `Bearer ${stranger.token}` },
      })
    expect((await ask('webhook_receivers?select=config')).status).toBeGreaterThanOrEqual(400)
    expect(await (await ask('webhook_receivers?select=integration_id')).json()).toEqual([])
  })
}

function strangers(): void {
  it('Strangers can neither read assessments and findings nor request a scan', async () => {
    jobs.apis.set('discord', () => ({ json: { mfa_enabled: false } }))
    const id = await add('discord')
    await scan(id)
    const stranger = await signUp(rig)
    const ask = async (path: string, body?: object) => {
      const response = await rig.fetch(`/rest/v1/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: {
          'apikey': rig.keys.publishable,
          'authorization': `Bearer ${stranger.token}`,
          'content-type': 'application/json',
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      return { status: response.status, body: (await response.json()) as unknown }
    }
    expect((await ask('assessments?select=id')).body).toEqual([])
    expect((await ask('findings?select=rule_id')).body).toEqual([])
    expect((await ask('rpc/latest_assessments', { p_limit: 10 })).body).toEqual([])
    expect(
      (
        await ask('rpc/request_scan', {
          p_organization_id: jobs.userId,
          p_integration_id: id,
          p_cause: 'manual',
          p_requested_by: null,
          p_again: false,
          p_now: new Date().toISOString(),
        })
      ).status,
    ).toBeGreaterThanOrEqual(400)
  })
}

onBothDatabases('scanning', (start) => {
  useJobRig(start, ['integrations', 'platform_limits'], (rigs) => {
    ;({ rig, jobs } = rigs)
  })
  describe('Supabase', supabaseRules)
  describe('the advisors of Supabase', advisors)
  describe('answers of Supabase that are not as expected', answers)
  describe('GitHub', githubRules)
  describe('Gmail', gmailRules)
  describe('from scan to scan', history)
  describe('the schedule', schedules)
  describe('scanners', scanners)
  describe('scanners that wait or stop', waiting)
  describe('webhooks', webhooks)
  describe('strangers', strangers)
})
