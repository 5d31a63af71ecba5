import { describe, expect, it } from 'vitest'
import { scopesRule, unless } from '../../../integrations/scan.ts'
import { fakeClient, subject } from './fake-client.ts'

const check = scopesRule({ name: 'GitHub', scopes: ['email', 'repo'], wideScopes: { repo: 'repo allows writing.' } })
const seenWith = async (grantedScopes: string[], of = check) =>
  await of.run(fakeClient(() => undefined), { ...subject, grantedScopes })

describe('a rule', () => {
  it('a setting that is right is no sighting', () => {
    expect(unless(true, { seen: 'off' })).toEqual([])
    expect(unless(false, { seen: 'off' })).toEqual([{ seen: 'off' }])
  })

  it('a scope that was not asked for is reported', async () => {
    expect(await seenWith(['email', 'admin:org'])).toMatchObject([{ subject: 'admin:org' }])
  })

  it('a scope under Google\'s long name counts as asked for', async () => {
    expect(await seenWith(['https://www.googleapis.com/auth/userinfo.email'])).toEqual([])
  })

  it('a scope that allows more than what is used is told, although it was asked for', async () => {
    expect(await seenWith(['repo'])).toMatchObject([{ severity: 'info', seen: 'repo allows writing.' }])
  })

  it('no scope is unasked for where scopes are set on the app', async () => {
    expect(await seenWith(['anything'], scopesRule({ name: 'Supabase', scopes: [], wideScopes: {} }))).toEqual([])
  })
})
