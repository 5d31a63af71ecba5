import { describe, expect, it } from 'vitest'
import { defineProvider, type ProviderInput } from '../../../integrations/define.ts'
import { providers, sandbox } from '../../../integrations/index.ts'

const definition: ProviderInput = {
  id: 'example',
  name: 'Example',
  description: 'An example.',
  icon: 'i-lucide-box',
  setupUrl: 'https://example.com/apps',
  docsUrl: 'https://example.com/docs',
  clientEnv: 'EXAMPLE',
  authorizationEndpoint: 'https://example.com/authorize',
  tokenEndpoint: 'https://example.com/token',
  scopes: ['read'],
  clientAuth: 'basic',
  refresh: { rotates: true, defaultLifetime: 3600 },
  identifyAccounts: async () => [],
}

describe('the definition of a provider', () => {
  it('what a definition leaves out gets the careful default', () => {
    expect(defineProvider(definition)).toMatchObject({
      pkce: 'S256',
      callback: 'own',
      issParameter: false,
      picksAccounts: false,
      scopeSeparator: ' ',
      refresh: { killsAccessToken: false, deadTokenCodes: [], deadTokenStatuses: [] },
      limits: { perSecond: 5, concurrency: 10, counts: 'app' },
    })
  })

  it.each([
    ['an id that is no path', { id: 'Not/An-Id' }, /id/],
    ['an unknown field', { shape: 'round' }, /shape/],
    ['a lifetime of zero', { refresh: { rotates: true, defaultLifetime: 0 } }, /defaultLifetime/],
    ['a revocation over http', { revocation: { style: 'json', endpoint: 'http://example.com' } }, /endpoint/],
    ['PKCE that is off without a reason', { pkce: { disabledBecause: 'no' } }, /pkce/],
  ])('a definition with %s is refused, naming the field', (_, change, field) => {
    expect(() => defineProvider({ ...definition, ...change } as ProviderInput)).toThrow(field)
  })

  it('every provider has an id of its own, https addresses, and poll sources and rules of its own', () => {
    const all = [...providers, sandbox('https://coffer.example')]
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const { id, authorizationEndpoint, tokenEndpoint, poll, rules } of all) {
      for (const url of [authorizationEndpoint, tokenEndpoint]) expect(url, id).toMatch(/^https:/)
      for (const names of [poll.map(one => one.id), rules.map(one => one.id)])
        expect(new Set(names).size, id).toBe(names.length)
    }
  })
})
