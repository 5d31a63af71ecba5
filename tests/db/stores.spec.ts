import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AppError } from '../../server/domain/errors.ts'
import { createCallerStore } from '../../server/stores/caller-store.ts'
import type { Flow } from '../../server/ports/connect.ts'
import type { CallerStore, IntegrationStore } from '../../server/ports/integrations.ts'
import { createIntegrationStore } from '../../server/stores/integration-store.ts'
import { callerClient, serviceClient, type SupabaseAccess } from '../../server/stores/supabase-client.ts'
import { createCredentialStore, createVaultStore } from '../../server/stores/credential-store.ts'
import { createFlowStore } from '../../server/stores/flow-store.ts'
import { createGuardStore } from '../../server/stores/guard-store.ts'
import { useRig } from '../../rigs/on-both-databases.ts'
import { startPgliteRig } from '../../rigs/pglite-rig.ts'
import { startPostgresRig, type SupabaseRig } from '../../rigs/postgres-rig.ts'
import { signUp, type RestUser } from '../../rigs/rest-user.ts'

const request = { id: 'request-1', address: '203.0.113.9' }

const runtime = { now: () => new Date(), newId: randomUUID }

let rig: SupabaseRig
let access: SupabaseAccess
let user: RestUser
let store: CallerStore
let integrations: IntegrationStore
const by = () => ({ userId: user.id, request })
const connect = (accounts: { id: string, account: string, config?: Record<string, unknown> }[]) =>
  integrations.connect({
    organizationId: user.id,
    integrationType: 'sandbox',
    grant: {
      grantedScopes: ['read'],
      expiresAt: new Date('2030-01-01'),
      nextRefreshAt: new Date('2029-01-01'),
      refreshExpiresAt: null,
      grantEndsAt: null,
    },
    encryptionKeyId: 'k1',
    accounts: accounts.map(({ id, account, config = {} }) => ({
      id,
      externalAccountId: account,
      name: account,
      config,
    })),
  }, by())

function lists(): void {
  it('The integration list has pages without gaps or repeats, although many rows share an instant', async () => {
    await rig.sql(`insert into integrations (organization_id, integration_type, name, created_at, status)
      select
        '${user.id}',
        case when n % 3 = 0 then 'github' else 'sandbox' end,
        'n' || n,
        timestamptz '2026-01-01' + make_interval(secs => n / 10),
        case when n % 5 = 0 then 'paused' else 'active' end
      from generate_series(1, 95) n`)
    const seen: string[] = []
    let before: { at: string, id: string } | undefined
    do {
      const page = await store.listIntegrations({
        organizationId: undefined,
        type: undefined,
        status: undefined,
        before,
        limit: 20,
      })
      seen.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      before = page.length === 20 && last ? { at: last.createdAt, id: last.id } : undefined
    } while (before)
    expect(seen).toHaveLength(95)
    expect(new Set(seen).size).toBe(95)
    const filtered = await store.listIntegrations({
      organizationId: user.id,
      type: 'github',
      status: 'paused',
      before: undefined,
      limit: 100,
    })
    expect(filtered).toHaveLength(6)
    expect(
      await store.listIntegrations({
        organizationId: randomUUID(),
        type: undefined,
        status: undefined,
        before: undefined,
        limit: 5,
      }),
    ).toEqual([])
  })
}

function connections(): void {
  it('The store connects, finds by account, and updates in place', async () => {
    const id = randomUUID()
    expect(await connect([{ id, account: 'a' }])).toEqual([{ id, reconnected: false }])
    expect(await store.findIntegration(id)).toMatchObject({
      id,
      name: 'a',
      externalAccountId: 'a',
      expiresAt: expect.stringMatching(/^2030-01-01T00:00:00(\.0+)?Z$/),
      nextRefreshAt: expect.stringMatching(/^2029-01-01T00:00:00(\.0+)?Z$/),
    })
    expect(await connect([{ id, account: 'a' }])).toEqual([{ id, reconnected: true }])
    expect((await store.findByAccounts(user.id, 'sandbox', ['a', 'b'])).map(row => row.id)).toEqual([id])
    const target = { id, organizationId: user.id }
    expect(await integrations.update(target, { name: 'renamed', paused: true }, by())).toBe(true)
    expect(await store.findIntegration(id)).toMatchObject({ name: 'renamed', status: 'paused' })
    expect((await store.listAudit(id, undefined, 10)).map(({ action }) => action)).toEqual([
      'integration.pause',
      'integration.rename',
      'integration.connect',
    ])
  })

  it.each(['80351110224678912', '007', 'a"b\\c', 'x,y', '(z)', 'true', 'null', 'ü 😀'])(
    'The store finds an account again whose id is %s',
    async (account) => {
      const id = randomUUID()
      await connect([{ id, account }])
      expect((await store.findByAccounts(user.id, 'sandbox', ['other', account])).map(row => row.id)).toEqual([id])
      expect(await connect([{ id, account }])).toEqual([{ id, reconnected: true }])
    },
  )

  it('The store changes a row only for its own organization, and the audit log names the person', async () => {
    const id = randomUUID()
    await connect([{ id, account: 'a' }])
    const elsewhere = { id, organizationId: randomUUID() }
    expect(await integrations.update(elsewhere, { name: 'theirs' }, by())).toBe(false)
    expect(await integrations.delete(elsewhere, by(), undefined)).toBe(false)
    expect(await store.findIntegration(id)).toMatchObject({ name: 'a' })
    expect(await integrations.delete({ id, organizationId: user.id }, by(), undefined)).toBe(true)
    const [created] = await rig.sql(`select actor_id, actor_kind, request_id, address from audit_log
      where integration_id = '${id}' and action = 'integration.delete'`)
    expect(created).toEqual({
      actor_id: user.id,
      actor_kind: 'user',
      request_id: request.id,
      address: request.address,
    })
  })

  it('The attention list has refused integrations at once, and others when their grant ends soon', async () => {
    const ids = Array.from({ length: 4 }, () => randomUUID())
    for (const [n, id] of ids.entries()) await connect([{ id, account: `a${n}` }])
    const waiting = async () =>
      (
        await store.listIntegrations({
          organizationId: undefined,
          type: undefined,
          status: 'attention',
          before: undefined,
          limit: 10,
        })
      ).map(row => row.id).sort()
    expect(await waiting()).toEqual([])
    await rig.sql(`update integrations set status = 'needs_reauth' where id = '${ids[0]}'`)
    await rig.sql(`update credential_state set grant_ends_at = now() + interval '13 days',
      consented_at = now() - interval '160 days' where integration_id = '${ids[1]}'`)
    await rig.sql(`update credential_state set grant_ends_at = now() + interval '15 days',
      consented_at = now() - interval '160 days' where integration_id = '${ids[2]}'`)
    expect(await waiting()).toEqual([ids[0]!, ids[1]!].sort())
    expect(await store.findIntegration(ids[1]!)).toMatchObject({ endsSoon: true })
    await rig.sql(`update integrations set status = 'active' where id = '${ids[0]}'`)
    expect(await waiting()).toEqual([ids[1]])
  })

  it('The store reports a conflict when an account is connected under another id', async () => {
    await connect([{ id: randomUUID(), account: 'a' }])
    await expect(connect([{ id: randomUUID(), account: 'a' }])).rejects.toMatchObject({
      code: 'conflict',
    } satisfies Partial<AppError>)
  })
}

function credentials(): void {
  it('The store keeps shared credentials in one row, and moves them when that row is deleted', async () => {
    const sealed = 'bSg3s7TCCUmgkD_h.AC80myl8vKotd-EbidSZkw.'
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()]
    await connect([
      { id: a, account: 'a', config: { access_token: `${sealed}aa` } },
      { id: b, account: 'b', config: { project_ref: 'b' } },
      { id: c, account: 'c' },
    ])
    const holder = (await store.findIntegration(a))!
    expect((await store.findSharers(holder)).map(row => row.id).sort()).toEqual([b, c].sort())
    expect(
      await integrations.delete({ id: a, organizationId: user.id }, by(), {
        id: b,
        config: { project_ref: 'b', access_token: `${sealed}bb` },
        encryptionKeyId: 'k2',
      }),
    ).toBe(true)
    const credentials = createCredentialStore(serviceClient(access), runtime)
    const config = { project_ref: 'b', access_token: `${sealed}bb` }
    expect(await credentials.read(user.id, b)).toMatchObject({ config, grantHolderId: null })
    expect(await rig.sql('select encryption_key_id from credential_state where integration_id = $1', [b])).toEqual([
      { encryption_key_id: 'k2' },
    ])
    expect(await credentials.read(user.id, c)).toMatchObject({ grantHolderId: b })
    expect(await credentials.read(randomUUID(), b)).toBeNull()
    expect(await createVaultStore(serviceClient(access)).readConfig(user.id, b)).toEqual(config)
    // Without a successor the database refuses to orphan the others.
    await expect(integrations.delete({ id: b, organizationId: user.id }, by(), undefined)).rejects.toThrow()
    // Reconnecting one of several makes it a holder of its own, and leaves the rest together.
    await connect([{ id: c, account: 'c', config: { access_token: `${sealed}cc` } }])
    expect(await store.findIntegration(c)).toMatchObject({ grantHolderId: null })
  })
}

function flows(): void {
  it('The store gives a flow to exactly one of many callbacks, and to no other browser', async () => {
    const flows = createFlowStore(serviceClient(access), runtime)
    const hash = (text: string) => text.repeat(43).slice(0, 43)
    const flow: Flow = {
      id: randomUUID(),
      stateHash: hash(`s${randomUUID().slice(0, 8)}`),
      browserHash: hash('b'),
      provider: 'sandbox',
      organizationId: user.id,
      userId: user.id,
      integrationId: null,
      issuer: 'https://a.example',
      authorizationEndpoint: 'https://a.example/auth',
      tokenEndpoint: 'https://a.example/token',
      redirectUri: 'https://b.example/cb',
      codeVerifier: 'bSg3s7TCCUmgkD_h.AC80myl8vKotd-EbidSZkw.RitGfn',
      encryptionKeyId: null,
      scopes: ['read'],
      returnTo: '/integrations',
      expiresAt: new Date(Date.now() + 600_000),
    }
    await flows.create(flow)
    expect(await flows.consume(flow.stateHash, hash('x'))).toEqual({ outcome: 'wrong_browser' })
    const results = await Promise.all(Array.from({ length: 8 }, () => flows.consume(flow.stateHash, flow.browserHash)))
    expect(results.map(({ outcome }) => outcome).sort()).toEqual([
      'consumed',
      ...Array.from({ length: 7 }, () => 'unknown'),
    ])
    expect(results.find(({ outcome }) => outcome === 'consumed')).toEqual({ outcome: 'consumed', flow })
  })

  it('The database guard says which keys the rows need, and who can read config', async () => {
    const guard = createGuardStore(serviceClient(access))
    await connect([{ id: randomUUID(), account: 'guarded' }])
    const facts = await guard.guard()
    expect(facts.configReadableBy).toEqual([])
    expect(facts.keyIds).toContain('k1')
    await rig.sql('grant select (config) on integrations to authenticated')
    expect((await guard.guard()).configReadableBy).toEqual(['authenticated'])
    await rig.sql('revoke select (config) on integrations from authenticated')
  })
}

describe.each([
  ['PGlite', startPgliteRig, 'new'],
  ['PostgreSQL with new keys', startPostgresRig, 'new'],
  ['PostgreSQL with legacy keys', startPostgresRig, 'legacy'],
] as const)('the stores, on %s', (_name, start, keys) => {
  useRig(start, (started) => {
    rig = started
    access = {
      url: rig.url,
      anonKey: keys === 'new' ? rig.keys.publishable : rig.keys.legacyAnon,
      serviceRoleKey: keys === 'new' ? rig.keys.secret : rig.keys.legacyService,
      fetch: (input, init) => rig.fetch(input instanceof Request ? input.url : String(input), init),
    }
  })
  beforeEach(async () => {
    user = await signUp(rig)
    integrations = createIntegrationStore(serviceClient(access))
    store = createCallerStore(callerClient(access, user.token), user.id, runtime)
  })
  describe('lists', lists)
  describe('connections', connections)
  describe('shared credentials', credentials)
  describe('flows and the guard', flows)
})
