import { describe, expect, it } from 'vitest'
import { sandboxRules } from '../../../../integrations/sandbox/scan.ts'
import { fakeClient, subject } from '../fake-client.ts'

const SAFE = {
  mfa_required: true,
  sso_enforced: true,
  password_min_length: 12,
  public_projects_allowed: false,
}

/** The sightings of every rule, by its id. */
async function look(change: Partial<typeof SAFE>): Promise<Record<string, unknown>> {
  const client = fakeClient((url) => {
    if (url.pathname.endsWith('/security')) return { body: { ...SAFE, ...change } }
    const page = url.searchParams.get('page')
    return {
      body: { projects: [{ id: `p${page}`, name: 'P', public: page === '2' }], next_page: page === '1' ? 2 : null },
    }
  })
  const checks = sandboxRules('https://coffer.example/sandbox/api', 'https://coffer.example/sandbox/settings')
  const found = await Promise.all(checks.map(async ({ id, run }) => [id, await run(client, subject)] as const))
  return Object.fromEntries(found.filter(([, seen]) => seen.length))
}

describe('the rules about the sandbox', () => {
  it('a workspace with safe settings has no findings', async () => {
    expect(await look({})).toEqual({})
  })

  it.each([
    ['sandbox.mfa', { mfa_required: false }],
    ['sandbox.sso', { sso_enforced: false }],
    ['sandbox.password_length', { password_min_length: 11 }],
  ])('the rule %s finds its setting and no other does', async (id, change) => {
    expect(Object.keys(await look(change))).toEqual([id])
  })

  it('a public project is found on any page', async () => {
    const found = await look({ public_projects_allowed: true })
    expect(found).toMatchObject({ 'sandbox.public_projects': [{ subject: 'p2' }] })
  })
})
