import { describe, expect, it } from 'vitest'
import { advisors } from '../../../../integrations/supabase/advisors.ts'
import { fakeClient } from '../fake-client.ts'

const lint = (change: Record<string, unknown> = {}) => ({
  name: 'rls_disabled_in_public',
  title: 'RLS disabled in public',
  level: 'ERROR',
  detail: 'Table public.users is readable.',
  cache_key: 'rls_public_users',
  ...change,
})
const v1 = (lints: unknown[]) => ({ body: { lints } })

describe('the advisors of a Supabase project', () => {
  it('a lint becomes a sighting with the severity of its level', async () => {
    const lints = [lint(), lint({ level: 'WARN' }), lint({ level: 'INFO' }), lint({ level: 'NEW' })]
    const seen = await advisors(fakeClient(() => v1(lints)), 'ref', 'security')
    expect(seen.map(({ severity }) => severity)).toEqual(['high', 'medium', 'info', 'medium'])
    expect(seen[0]).toMatchObject({ subject: 'rls_public_users', seen: 'Table public.users is readable.' })
  })

  it('what says something about the advisors and not about the project is left out', async () => {
    expect(await advisors(fakeClient(() => v1([lint({ name: 'project_not_active' })])), 'ref', 'security')).toEqual([])
  })

  it('a remediation that is no https address is not shown', async () => {
    const lints = [lint({ remediation: 'javascript:alert(1)' }), lint({ remediation: 'https://supabase.com/x' })]
    const [odd, good] = await advisors(fakeClient(() => v1(lints)), 'ref', 'security')
    expect(odd).not.toHaveProperty('fix')
    expect(good).toMatchObject({ fix: 'See https://supabase.com/x' })
  })

  it('where the old way is closed, its successor is asked, and then the catalog', async () => {
    const successor = { body: { data: { attributes: { lints: [lint()] } } } }
    const second = fakeClient(url => (url.pathname.startsWith('/v1') ? 'gone' : successor))
    expect(await advisors(second, 'ref', 'performance')).toHaveLength(1)
    const row = {
      name: 'x',
      title: 't',
      level: 'ERROR',
      description: '',
      detail: 'd',
      schema: 'public',
      entity: 'users',
      type: 'table',
    }
    const third = fakeClient(url => (url.pathname.endsWith('/read-only') ? { body: [row] } : 'forbidden'))
    expect(await advisors(third, 'ref', 'security')).toMatchObject([{ subject: 'x_public_users' }])
  })

  it('performance has no third way, and an outage is not taken for a closed one', async () => {
    await expect(advisors(fakeClient(() => 'forbidden'), 'ref', 'performance')).rejects.toMatchObject({
      kind: 'forbidden',
    })
    const away = fakeClient(() => 'unavailable')
    await expect(advisors(away, 'ref', 'security')).rejects.toMatchObject({ kind: 'unavailable' })
    expect(away.asked).toHaveLength(1)
  })
})
