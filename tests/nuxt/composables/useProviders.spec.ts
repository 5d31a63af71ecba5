import { expect, it } from 'vitest'
import { listProviders } from '#shared/contracts/connect'
import { ID, refuse, serve } from '../support/api.ts'
import { integration, mailbox, provider, unconfiguredProvider } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

it('A platform is found by its id, and an unknown id finds none', async () => {
  serve(listProviders, { reply: { providers: [provider(), unconfiguredProvider()] } })
  const { result } = await use(() => useProviders())
  expect(result.find('spotify')?.name).toBe('Spotify')
  expect(result.find('no_such_platform')).toBeUndefined()
  expect(result.find(undefined)).toBeUndefined()
})

it('Platforms that cannot be loaded are an error and an empty list', async () => {
  serve(listProviders, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  const { result } = await use(() => useProviders())
  expect(result.providers.value).toEqual([])
  expect(apiError(result.error.value).message).toBe('Something went wrong.')
})

it('An account is connected at the address of its platform, and its page to return to is encoded', () => {
  expect(connectUrl('github')).toBe('/api/auth/github')
  expect(connectUrl('github', { return_to: '/integrations?status=paused' }))
    .toBe('/api/auth/github?return_to=%2Fintegrations%3Fstatus%3Dpaused')
})

it('An account is reconnected as the same integration, and a mailbox where its password is entered', () => {
  expect(reconnectLink(integration())).toMatchObject({
    label: 'Reconnect',
    to: `/api/auth/github?integration_id=${ID}&return_to=%2Fintegrations%2F${ID}`,
    external: true,
  })
  expect(reconnectLink(mailbox())).toMatchObject({
    label: 'Enter the password again',
    to: '/settings/auto-sync',
    external: false,
  })
})
