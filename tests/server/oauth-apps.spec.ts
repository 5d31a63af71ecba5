import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { connectProvider, providerEnvironment } from '../../rigs/provider-flow.ts'
import { querySql } from '../../rigs/sql.ts'
import { startStandIns, type SeenRequest, type StandIns } from '../../rigs/stand-ins.ts'

const platforms = createPlatforms()
/** The one that the platform takes right now. */
let right = 'the new secret'
const basic = (request: SeenRequest) => {
  const form = new URLSearchParams(request.body)
  return { id: form.get('client_id'), secret: form.get('client_secret') }
}
let standIns: StandIns
let app: RunningApp
let person: Person
beforeAll(async () => {
  const connects = platforms.origins['https://discord.com']!
  platforms.origins['https://discord.com'] = async (request) => {
    if (request.path !== '/api/oauth2/token') return await connects(request)
    const { secret } = credentials(request)
    if (secret !== right) return { status: 401, json: { error: 'invalid_client' } }
    const form = new URLSearchParams(request.body)
    if (form.get('grant_type') === 'refresh_token')
      return {
        json: {
          access_token: `access-of-${crypto.randomUUID()}`,
          refresh_token: 'refreshed',
          token_type: 'Bearer',
          expires_in: 3600,
        },
      }
    return await connects(request)
  }
  standIns = await startStandIns(platforms.origins)
  app = await startApp({
    env: {
      ...providerEnvironment(platforms, standIns.originMap),
      OAUTH_DISCORD_CLIENT_ID: 'operators-client',
      OAUTH_DISCORD_CLIENT_SECRET: 'the new secret',
      OAUTH_DISCORD_CLIENT_SECRET_PREVIOUS: 'the former secret',
    },
  })
})
afterAll(async () => {
  await app.stop()
  await standIns.stop()
})
beforeEach(async () => {
  right = 'the new secret'
  person = await Person.signedUp(app.url)
  standIns.seen.length = 0
})
function credentials(request: SeenRequest): { id: string | null, secret: string | null } {
  const header = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (!header) return basic(request)
  const [id, secret] = Buffer.from(header, 'base64')
    .toString()
    .split(':')
    .map(part => new URLSearchParams(`x=${part}`).get('x'))
  return { id: id ?? null, secret: secret ?? null }
}
const tokenRequests = () => standIns.requests('/api/oauth2/token').map(credentials)
const refresh = async (id: string) =>
  (
    await person.json<{ success: boolean, error_class: string | null }>(`/api/integrations/${id}/refresh`, {
      method: 'POST',
    })
  ).body

describe('a client secret that is being replaced', () => {
  it('When the platform refuses one client secret, the other is tried and then used first', async () => {
    right = 'the former secret'
    const id = await connectProvider(person, platforms, 'discord')
    expect(tokenRequests().map(({ secret }) => secret)).toEqual(['the new secret', 'the former secret'])
    standIns.seen.length = 0
    expect((await refresh(id)).success).toBe(true)
    expect(tokenRequests().map(({ secret }) => secret)).toEqual(['the former secret'])
    right = 'the new secret'
    standIns.seen.length = 0
    expect((await refresh(id)).success).toBe(true)
    expect(tokenRequests().map(({ secret }) => secret)).toEqual(['the former secret', 'the new secret'])
    expect(app.output()).toContain('The provider accepts the other client secret.')
    const { body } = await person.json<{ apps: { name: string, secret_in_use: string | null }[] }>(
      '/api/settings/oauth-apps',
    )
    expect(body.apps.map(({ name, secret_in_use: secret }) => [name, secret]).filter(([, secret]) => secret)).toEqual([
      ['discord', 'current'],
    ])
  })

  it('When the platform refuses both client secrets, the grant is kept', async () => {
    const id = await connectProvider(person, platforms, 'discord')
    right = 'a third one'
    expect(await refresh(id)).toMatchObject({ success: false, error_class: 'configuration' })
    right = 'the new secret'
    expect((await refresh(id)).success).toBe(true)
  })
})

describe('an OAuth app of one\'s own', () => {
  const save = (client_id: string, client_secret: string) =>
    person.json<{ apps: { name: string, client_id: string | null }[] }>('/api/settings/oauth-apps/discord', {
      method: 'PUT',
      json: { client_id, client_secret },
    })

  it('An organization\'s own OAuth app is used for its new connections and for no others', async () => {
    right = 'a secret of mine'
    expect(
      (await save('my-client', 'a secret of mine')).body.apps.find(({ name }) => name === 'discord')!.client_id,
    ).toBe('my-client')
    const id = await connectProvider(person, platforms, 'discord')
    expect(tokenRequests()).toEqual([{ id: 'my-client', secret: 'a secret of mine' }])
    expect((await refresh(id)).success).toBe(true)
    right = 'the new secret'
    const other = await Person.signedUp(app.url)
    await connectProvider(other, platforms, 'discord')
    expect(tokenRequests().at(-1)).toEqual({ id: 'operators-client', secret: 'the new secret' })
  })

  it('A grant stays with the OAuth app that got it and survives while that app is deleted', async () => {
    const id = await connectProvider(person, platforms, 'discord')
    await save('my-client', 'a secret of mine')
    expect((await refresh(id)).success).toBe(true)
    expect(tokenRequests().at(-1)!.id).toBe('operators-client')
    right = 'a secret of mine'
    const own = await connectProvider(person, platforms, 'discord').catch(() => '')
    expect(own).toBe(id)
    await person.json('/api/settings/oauth-apps/discord', { method: 'DELETE' })
    standIns.seen.length = 0
    expect(await refresh(id)).toMatchObject({ success: false, error_class: 'configuration' })
    expect(tokenRequests()).toEqual([])
    expect(
      (await person.json<{ integration: { status: string } }>(`/api/integrations/${id}`)).body.integration.status,
    ).toBe('misconfigured')
    await save('my-client', 'a secret of mine')
    expect((await refresh(id)).success).toBe(true)
  })

  it('A new client secret keeps the former one as the second choice', async () => {
    right = 'first'
    await save('my-client', 'first')
    const id = await connectProvider(person, platforms, 'discord')
    await save('my-client', 'second')
    expect((await refresh(id)).success).toBe(true)
    right = 'second'
    expect((await refresh(id)).success).toBe(true)
  })

  it('A client secret is never returned, is stored sealed, and is invisible to other organizations', async () => {
    await save('my-client', 'a very secret secret')
    const texts = await Promise.all(
      ['/api/settings/oauth-apps', '/api/audit', '/api/providers'].map(async path =>
        JSON.stringify((await person.json(path)).body),
      ),
    )
    for (const text of texts) expect(text).not.toContain('a very secret secret')
    expect(JSON.stringify(await querySql(app.sqlPort, 'select * from oauth_clients'))).not.toContain(
      'a very secret secret',
    )
    expect(texts[1]).toContain('settings.oauth_app')
    const other = await Person.signedUp(app.url)
    expect(
      (await other.json<{ apps: { client_id: string | null }[] }>('/api/settings/oauth-apps')).body.apps.every(
        one => one.client_id === null,
      ),
    ).toBe(true)
    expect(
      (
        await person.json('/api/settings/oauth-apps/sandbox', {
          method: 'PUT',
          json: { client_id: 'a', client_secret: 'b' },
        })
      ).status,
    ).toBe(404)
    expect(
      (
        await person.json('/api/settings/oauth-apps/discord', {
          method: 'PUT',
          json: { client_id: ' ', client_secret: 'b' },
        })
      ).status,
    ).toBe(422)
  })
})
