import * as z from 'zod'
import { isPlatformFailure, type PlatformClient } from '../platform.ts'
import { unless, type Rule, type Sighting } from '../scan.ts'
import { GITHUB_API, GITHUB_HEADERS } from './poll.ts'

/** Only the most recently pushed repositories are looked at, because each one costs requests of its own. */
const REPOS = 30
const STALE_DAYS = 90

const User = z.object({ login: z.string(), two_factor_authentication: z.boolean().optional() })
const Orgs = z.array(z.object({ login: z.string() }))
const Org = z.object({ login: z.string(), two_factor_requirement_enabled: z.boolean().nullish() })
const Feature = z.object({ status: z.string() }).nullish()
const Repos = z.array(
  z.object({
    full_name: z.string(),
    private: z.boolean(),
    archived: z.boolean().default(false),
    fork: z.boolean().default(false),
    default_branch: z.string(),
    permissions: z.object({ admin: z.boolean().default(false) }).nullish(),
    security_and_analysis: z.object({ secret_scanning: Feature, secret_scanning_push_protection: Feature }).nullish(),
  }),
)
const Branch = z.object({ protected: z.boolean() })
const Alerts = z.array(z.object({ number: z.number().int(), security_advisory: z.object({ severity: z.string() }) }))
const Keys = z.array(
  z.object({
    id: z.number().int(),
    title: z.string(),
    read_only: z.boolean(),
    created_at: z.string(),
    last_used: z.string().nullish(),
  }),
)
const Installations = z.object({
  installations: z.array(
    z.object({
      id: z.number().int(),
      app_slug: z.string(),
      repository_selection: z.string(),
      permissions: z.record(z.string(), z.string()),
      account: z.object({ login: z.string() }).nullish(),
    }),
  ),
})

type Repo = z.infer<typeof Repos>[number]

const read = async <T>(client: PlatformClient, path: string, schema: z.ZodType<T>) =>
  (await client.get(`${GITHUB_API}${path}`, schema, { headers: GITHUB_HEADERS })).body

/** The repositories that the account administers, because it may see only their settings. */
async function ownRepos(client: PlatformClient): Promise<Repo[]> {
  const repos = await read(
    client,
    `/user/repos?sort=pushed&direction=desc&per_page=100&affiliation=owner,organization_member`,
    Repos,
  )
  return repos.filter(repo => repo.permissions?.admin && !repo.archived && !repo.fork).slice(0, REPOS)
}

/** Looks at each repository. One that may not be looked at does not hide the others. */
async function eachRepo(
  client: PlatformClient,
  look: (repo: Repo) => Promise<Sighting[]>,
): Promise<Sighting[] | 'not_applicable'> {
  const repos = await ownRepos(client)
  const seen: Sighting[] = []
  let looked = 0
  let refusal: unknown
  for (const repo of repos) {
    try {
      seen.push(...(await look(repo)))
      looked++
    } catch (error) {
      if (!isPlatformFailure(error, 'forbidden', 'not_found')) throw error
      refusal = error
    }
  }
  if (!looked && refusal) throw refusal
  return repos.length ? seen : 'not_applicable'
}

/** A page holds at most 100. */
function countOf(alerts: unknown[]): string {
  const count = alerts.length === 100 ? '100 or more' : alerts.length
  return `${count} open ${alerts.length === 1 ? 'alert' : 'alerts'}`
}

export const githubRules: Rule[] = [
  {
    id: 'github.account_2fa',
    title: 'The account has no second factor',
    severity: 'high',
    scopes: ['user'],
    why: 'A stolen password is enough to push to every repository of the account.',
    fix: 'Turn on two-factor authentication: github.com/settings/security.',
    async run(client) {
      const { two_factor_authentication: enabled } = await read(client, '/user', User)
      // GitHub tells this only to grants that may see the private profile.
      return enabled === undefined ? 'not_applicable' : unless(enabled, { seen: 'Two-factor authentication is off.' })
    },
  },
  {
    id: 'github.org_2fa',
    title: 'An organization does not require two factors',
    severity: 'high',
    scopes: ['read:org'],
    why: 'The weakest password among its members opens the organization.',
    fix: 'Organization settings → Authentication security → Require two-factor authentication.',
    async run(client) {
      const orgs = await Promise.all(
        (await read(client, '/user/orgs?per_page=100', Orgs))
          .slice(0, REPOS)
          .map(({ login }) => read(client, `/orgs/${encodeURIComponent(login)}`, Org)),
      )
      // GitHub tells this only to owners.
      const known = orgs.filter(org => typeof org.two_factor_requirement_enabled === 'boolean')
      if (!known.length) return 'not_applicable'
      return known
        .filter(org => !org.two_factor_requirement_enabled)
        .map(({ login }) => ({
          subject: login,
          seen: `${login} lets members in without a second factor.`,
          evidence: { organization: login },
        }))
    },
  },
  {
    id: 'github.branch_protection',
    title: 'A default branch is not protected',
    severity: 'medium',
    scopes: ['repo'],
    why: 'Anyone who can push can rewrite or delete it, without a review.',
    fix:
      'Repository settings → Rules: add a ruleset for the default branch that demands pull requests and refuses ' +
      'force pushes.',
    run: client =>
      eachRepo(client, async (repo) => {
        const branch = await read(
          client,
          `/repos/${repo.full_name}/branches/${encodeURIComponent(repo.default_branch)}`,
          Branch,
        )
        return unless(branch.protected, {
          subject: repo.full_name,
          seen: `${repo.default_branch} of ${repo.full_name} is not protected.`,
          evidence: { repository: repo.full_name, branch: repo.default_branch },
        })
      }),
  },
  {
    id: 'github.secret_scanning',
    title: 'Secret scanning is off',
    severity: 'medium',
    scopes: ['repo'],
    why: 'Nobody notices a credential that is pushed by mistake.',
    fix: 'Repository settings → Advanced Security: enable secret scanning.',
    run: client =>
      eachRepo(client, async ({ full_name: name, security_and_analysis: settings }) =>
        settings?.secret_scanning
          ? unless(settings.secret_scanning.status === 'enabled', {
              subject: name,
              seen: `Secret scanning is off in ${name}.`,
              evidence: { repository: name },
            })
          : [],
      ),
  },
  {
    id: 'github.push_protection',
    title: 'Push protection is off',
    severity: 'low',
    scopes: ['repo'],
    why: 'Secrets are found after they are public instead of being stopped before.',
    fix: 'Repository settings → Advanced Security: enable push protection.',
    run: client =>
      eachRepo(client, async ({ full_name: name, security_and_analysis: settings }) =>
        settings?.secret_scanning_push_protection
          ? unless(settings.secret_scanning_push_protection.status === 'enabled', {
              subject: name,
              seen: `Push protection is off in ${name}.`,
              evidence: { repository: name },
            })
          : [],
      ),
  },
  {
    id: 'github.dependabot_alerts',
    title: 'Known vulnerabilities in dependencies',
    severity: 'medium',
    scopes: ['security_events'],
    why: 'The advisories are public, and so is how to use them.',
    fix: 'Merge the updates that Dependabot proposes, or dismiss the alerts that do not concern you.',
    run: client =>
      eachRepo(client, async ({ full_name: name }) => {
        const alerts = await read(client, `/repos/${name}/dependabot/alerts?state=open&per_page=100`, Alerts)
        const worst = (['critical', 'high', 'medium', 'low'] as const).find(level =>
          alerts.some(alert => alert.security_advisory.severity === level),
        )
        return unless(!alerts.length, {
          subject: name,
          severity: worst ?? 'medium',
          seen: `${countOf(alerts)} in ${name}, the worst ${worst ?? 'of unknown severity'}.`,
          evidence: { repository: name, open: alerts.length },
        })
      }),
  },
  {
    id: 'github.deploy_keys',
    title: 'A deploy key that nobody uses can write',
    severity: 'medium',
    scopes: ['repo'],
    why: 'A forgotten key is a way in that nobody watches.',
    fix: 'Repository settings → Deploy keys: remove it, or make it read-only.',
    run: (client, { now }) =>
      eachRepo(client, async ({ full_name: name }) => {
        const before = now.getTime() - STALE_DAYS * 86_400_000
        const stale = (await read(client, `/repos/${name}/keys?per_page=100`, Keys)).filter(
          key => new Date(key.last_used ?? key.created_at).getTime() < before,
        )
        return stale.map(key => ({
          subject: `${name} ${key.id}`,
          severity: key.read_only ? ('low' as const) : ('medium' as const),
          title: key.read_only ? 'A deploy key that nobody uses' : 'A deploy key that nobody uses can write',
          seen: `"${key.title}" of ${name} was last used ${key.last_used ? key.last_used.slice(0, 10) : 'never'}.`,
          evidence: { repository: name, key: key.id, read_only: key.read_only },
        }))
      }),
  },
  {
    id: 'github.app_permissions',
    title: 'An app has more rights than most apps need',
    severity: 'low',
    scopes: ['read:user'],
    why: 'Anyone who takes over the app gets its rights.',
    fix: 'Settings → Applications → Installed GitHub Apps: limit it to the repositories that it needs, or remove it.',
    async run(client) {
      const { installations } = await read(client, '/user/installations?per_page=100', Installations)
      const wide = ['administration', 'organization_administration', 'secrets', 'organization_secrets', 'members']
      return installations.flatMap(({ id, app_slug: app, permissions, repository_selection: selection, account }) => {
        const held = wide.filter(name => permissions[name] === 'write' || permissions[name] === 'admin')
        return unless(!held.length, {
          subject: `${app} ${id}`,
          severity: selection === 'all' ? 'medium' : 'low',
          seen:
            `${app} may write ${held.join(', ')} in ${selection === 'all' ? 'all' : 'chosen'} repositories ` +
            `of ${account?.login ?? 'the account'}.`,
          evidence: { app, permissions: held, repositories: selection },
        })
      })
    },
  },
]
