import { describe, expect, it } from 'vitest'
import { githubRules } from '../../../../integrations/github/scan.ts'
import type { PlatformFailureKind } from '../../../../integrations/platform.ts'
import { fakeClient, subject } from '../fake-client.ts'

const repo = (name: string, change: Record<string, unknown> = {}) => ({
  full_name: name,
  private: true,
  default_branch: 'main',
  permissions: { admin: true },
  ...change,
})

/** Runs a rule against answers by path; a path without an answer is not found. */
async function look(id: string, answers: Record<string, unknown>, failures: Record<string, PlatformFailureKind> = {}) {
  const client = fakeClient(({ pathname }) =>
    failures[pathname] ?? (pathname in answers ? { body: answers[pathname] } : 'not_found'))
  return await githubRules.find(check => check.id === `github.${id}`)!.run(client, subject)
}

describe('the rules about a GitHub account', () => {
  it('a second factor is judged only where GitHub tells', async () => {
    const user = (more: object) => ({ '/user': { login: 'ann', ...more } })
    expect(await look('account_2fa', user({ two_factor_authentication: false }))).toHaveLength(1)
    expect(await look('account_2fa', user({ two_factor_authentication: true }))).toEqual([])
    expect(await look('account_2fa', user({}))).toBe('not_applicable')
  })

  it('an organization without the requirement is found, and one that does not tell is left out', async () => {
    const answers = {
      '/user/orgs': [{ login: 'a' }, { login: 'b' }, { login: 'c' }],
      '/orgs/a': { login: 'a', two_factor_requirement_enabled: false },
      '/orgs/b': { login: 'b', two_factor_requirement_enabled: true },
      '/orgs/c': { login: 'c', two_factor_requirement_enabled: null },
    }
    expect(await look('org_2fa', answers)).toMatchObject([{ subject: 'a' }])
  })

  it('only repositories that the account administers and works on are looked at', async () => {
    const repos = [
      repo('a/open'),
      repo('a/archived', { archived: true }),
      repo('a/fork', { fork: true }),
      repo('a/other', { permissions: { admin: false } }),
    ]
    const answers = { '/user/repos': repos, '/repos/a/open/branches/main': { protected: false } }
    expect(await look('branch_protection', answers)).toMatchObject([{ subject: 'a/open' }])
    expect(await look('branch_protection', { '/user/repos': [] })).toBe('not_applicable')
  })

  it('a repository that may not be looked at hides no other, and an outage is an error', async () => {
    const answers = { '/user/repos': [repo('a/x'), repo('a/y')], '/repos/a/y/branches/main': { protected: false } }
    const forbidden = { '/repos/a/x/branches/main': 'forbidden' } as const
    expect(await look('branch_protection', answers, forbidden)).toMatchObject([{ subject: 'a/y' }])
    const all = { ...forbidden, '/repos/a/y/branches/main': 'forbidden' } as const
    await expect(look('branch_protection', answers, all)).rejects.toMatchObject({ kind: 'forbidden' })
    const away = { '/repos/a/x/branches/main': 'unavailable' } as const
    await expect(look('branch_protection', answers, away)).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('alerts of a repository are one finding with the worst severity', async () => {
    const alerts = ['low', 'critical'].map((severity, number) => ({ number, security_advisory: { severity } }))
    const answers = { '/user/repos': [repo('a/x')], '/repos/a/x/dependabot/alerts': alerts }
    expect(await look('dependabot_alerts', answers)).toMatchObject([{ severity: 'critical', evidence: { open: 2 } }])
  })

  it('a deploy key is stale after ninety days, and worse if it can write', async () => {
    const key = (id: number, change: object) => ({
      id,
      title: 'key',
      read_only: true,
      created_at: '2025-01-01',
      ...change,
    })
    const keys = [key(1, {}), key(2, { read_only: false }), key(3, { last_used: '2026-05-01' })]
    expect(await look('deploy_keys', { '/user/repos': [repo('a/x')], '/repos/a/x/keys': keys })).toMatchObject([
      { subject: 'a/x 1', severity: 'low' },
      { subject: 'a/x 2', severity: 'medium' },
    ])
  })

  it('an app that may write secrets in every repository is found', async () => {
    const app = (id: number, permissions: object) => ({
      id,
      app_slug: 'bot',
      repository_selection: 'all',
      permissions,
    })
    const installations = [app(1, { secrets: 'write' }), app(2, { secrets: 'read' })]
    expect(await look('app_permissions', { '/user/installations': { installations } })).toMatchObject([
      { subject: 'bot 1', severity: 'medium' },
    ])
  })

  it.each(['secret_scanning', 'push_protection'])('%s is found where GitHub says that it is off', async (id) => {
    const settings = (status: string) => ({
      security_and_analysis: { secret_scanning: { status }, secret_scanning_push_protection: { status } },
    })
    const repos = [repo('a/off', settings('disabled')), repo('a/on', settings('enabled')), repo('a/unknown')]
    expect(await look(id, { '/user/repos': repos })).toMatchObject([{ subject: 'a/off' }])
  })
})
