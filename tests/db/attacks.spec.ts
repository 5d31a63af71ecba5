import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startPgliteRig } from '../../rigs/pglite-rig.ts'
import { startPostgresRig, type SupabaseRig } from '../../rigs/postgres-rig.ts'
import { anonymous, service, signUp, type RestUser } from '../../rigs/rest-user.ts'

const SEALED = 'bSg3s7TCCUmgkD_h.AC80myl8vKotd-EbidSZkw.RitGfn0jhNuHQ4v0rtsnTk2R3wKl1ifs'

describe.each([
  ['embedded', startPgliteRig],
  ['parity', startPostgresRig],
] as const)('attacks on the REST layer, %s rig', (_name, start) => {
  let rig: SupabaseRig
  let victim: RestUser
  let attacker: RestUser
  let integrationId: string

  beforeAll(async () => {
    rig = await start()
  })
  afterAll(async () => {
    await rig.stop()
  })

  const connect = (user: RestUser, organizationId: string, id: string, config: unknown, more: object = {}) =>
    user.rest('rpc/connect_integrations', {
      json: {
        p_organization_id: organizationId,
        p_integration_type: 'sandbox',
        p_accounts: [{
          id,
          external_account_id: id,
          name: 'Acme',
          config,
          ...more,
        }],
        p_granted_scopes: ['read'],
        p_expires_at: null,
        p_next_refresh_at: null,
        p_grant: {},
        p_encryption_key_id: 'k1',
        p_request: { id: 'request-1', address: '203.0.113.9' },
      },
    })
  const rows = async (id = integrationId) => await rig.sql(`select * from integrations where id = '${id}'`)

  beforeEach(async () => {
    victim = await signUp(rig)
    attacker = await signUp(rig)
    integrationId = crypto.randomUUID()
    expect((await connect(victim, victim.id, integrationId, { access_token: SEALED, project_ref: 'abc' })).status).toBe(
      200,
    )
  })

  describe('another user', () => {
    it.each([
      ['reads it by id', () => `integrations?id=eq.${integrationId}&select=id,name`],
      ['reads the whole list', () => 'integrations?select=id'],
      ['reads the view', () => 'integration_summaries?select=*'],
      ['reads the audit log', () => `audit_log?integration_id=eq.${integrationId}`],
      ['reads the organisation', () => `organizations?id=eq.${victim.id}`],
      ['reads the members', () => `organization_members?organization_id=eq.${victim.id}`],
    ])('%s and gets nothing', async (_what, path) => {
      const { status, text } = await attacker.rest(path())
      expect(status).toBe(200)
      expect(text).not.toContain(integrationId)
      expect(text).not.toContain(victim.id)
    })

    it('updates it, and nothing changes', async () => {
      await attacker.rest(`integrations?id=eq.${integrationId}`, { method: 'PATCH', json: { name: 'mine' } })
      const patched = await attacker.rest('rpc/update_integration', {
        json: { p_id: integrationId, p_patch: { name: 'mine' }, p_request: {} },
      })
      expect(patched.body).toBe(false)
      expect((await rows())[0]).toMatchObject({ name: 'Acme' })
    })

    it('deletes it, and it stays', async () => {
      await attacker.rest(`integrations?id=eq.${integrationId}`, { method: 'DELETE' })
      expect(
        (await attacker.rest('rpc/delete_integration', { json: { p_id: integrationId, p_request: {} } })).body,
      ).toBe(false)
      expect(await rows()).toHaveLength(1)
    })

    it('inserts a row into the victim\'s organisation and is refused', async () => {
      const id = crypto.randomUUID()
      const direct = await attacker.rest('integrations', {
        json: {
          id,
          organization_id: victim.id,
          integration_type: 'sandbox',
          name: 'x',
          created_by: attacker.id,
        },
      })
      expect(direct.status).toBeGreaterThanOrEqual(400)
      expect((await connect(attacker, victim.id, id, {})).status).toBeGreaterThanOrEqual(400)
      expect(await rows(id)).toEqual([])
    })

    it('signs a row as someone else and is refused', async () => {
      const { status } = await attacker.rest('integrations', {
        json: {
          organization_id: attacker.id,
          integration_type: 'sandbox',
          name: 'x',
          created_by: victim.id,
        },
      })
      expect(status).toBeGreaterThanOrEqual(400)
    })

    it('takes over the row by connecting with its id, and nothing changes', async () => {
      expect(
        (await connect(attacker, attacker.id, integrationId, { access_token: SEALED.replace('b', 'c') })).status,
      ).toBeGreaterThanOrEqual(400)
      expect(
        (await connect(attacker, victim.id, integrationId, { access_token: SEALED.replace('b', 'c') })).status,
      ).toBeGreaterThanOrEqual(400)
      expect((await rows())[0]).toMatchObject({ organization_id: victim.id, config: { access_token: SEALED } })
    })

    it('points a row of their own at the victim\'s credentials and is refused', async () => {
      const { status } = await attacker.rest('integrations', {
        json: {
          organization_id: attacker.id,
          integration_type: 'sandbox',
          name: 'x',
          created_by: attacker.id,
          grant_holder_id: integrationId,
        },
      })
      expect(status).toBeGreaterThanOrEqual(400)
    })

    it('joins the organisation by writing a membership and is refused', async () => {
      const { status } = await attacker.rest('organization_members', {
        json: { organization_id: victim.id, user_id: attacker.id, role: 'owner' },
      })
      expect(status).toBeGreaterThanOrEqual(400)
    })
  })

  describe('anon', () => {
    it.each([
      'integrations?select=id',
      'integration_summaries',
      'organizations',
      'organization_members',
      'audit_log',
      'oauth_flows',
      'connection_choices',
      'revocations',
      'token_endpoints',
    ])('reads %s and is refused', async (path) => {
      expect([401, 403, 404]).toContain((await anonymous(rig).rest(path)).status)
    })

    it.each([
      'list_integrations',
      'database_guard',
      'consume_oauth_flow',
      'connect_integrations',
      'update_integration',
      'delete_integration',
      'claim_due_refreshes',
      'save_refresh',
      'hold_credential',
      'claim_revocations',
      'claim_due_checks',
      'record_check',
      'report_endpoint',
    ])('calls %s and is refused', async (name) => {
      expect((await anonymous(rig).rest(`rpc/${name}`, { json: {} })).status).toBeGreaterThanOrEqual(400)
    })
  })

  describe('a viewer of a shared organisation', () => {
    it('reads, and can neither change, delete nor connect', async () => {
      await rig.sql(
        `insert into organization_members (organization_id, user_id, role) values ('${victim.id}', '${attacker.id}', 'viewer')`,
      )
      expect((await attacker.rest(`integrations?id=eq.${integrationId}&select=id`)).body).toEqual([
        { id: integrationId },
      ])
      expect(
        (
          await attacker.rest('rpc/update_integration', {
            json: { p_id: integrationId, p_patch: { name: 'x' }, p_request: {} },
          })
        ).body,
      ).toBe(false)
      expect(
        (await attacker.rest('rpc/delete_integration', { json: { p_id: integrationId, p_request: {} } })).body,
      ).toBe(false)
      await attacker.rest(`integrations?id=eq.${integrationId}`, { method: 'DELETE' })
      const id = crypto.randomUUID()
      expect((await connect(attacker, victim.id, id, {})).status).toBeGreaterThanOrEqual(400)
      expect(await rows()).toHaveLength(1)
      expect(await rows(id)).toEqual([])
    })

    it('cannot raise their own role', async () => {
      await rig.sql(
        `insert into organization_members (organization_id, user_id, role) values ('${victim.id}', '${attacker.id}', 'viewer')`,
      )
      await attacker.rest(`organization_members?user_id=eq.${attacker.id}&organization_id=eq.${victim.id}`, {
        method: 'PATCH',
        json: { role: 'owner' },
      })
      expect(
        await rig.sql(
          `select role from organization_members where organization_id = '${victim.id}' and user_id = '${attacker.id}'`,
        ),
      ).toEqual([{ role: 'viewer' }])
    })

    it('as a member may change and delete', async () => {
      await rig.sql(
        `insert into organization_members (organization_id, user_id, role) values ('${victim.id}', '${attacker.id}', 'member')`,
      )
      expect(
        (await attacker.rest('rpc/delete_integration', { json: { p_id: integrationId, p_request: {} } })).body,
      ).toBe(true)
    })
  })

  describe('the owner themselves cannot read config back', () => {
    it.each([
      ['by select=config', 'integrations?select=config', {}],
      ['by select=*', 'integrations?select=*', {}],
      ['by a part of it', 'integrations?select=token:config->>access_token', {}],
      ['by embedding', 'organizations?select=id,integrations(config)', {}],
      ['by a filter oracle', 'integrations?select=id&config->>access_token=like.*', {}],
      ['by an order oracle', 'integrations?select=id&order=config->>access_token', {}],
      ['by a filter on the view', 'integration_summaries?select=id&config->>access_token=like.*', {}],
      [
        'by returning of an update',
        'integrations?select=id,config',
        { method: 'PATCH', json: { name: 'y' }, headers: { prefer: 'return=representation' } },
      ],
      [
        'by returning of a delete',
        'integrations?select=config',
        { method: 'DELETE', headers: { prefer: 'return=representation' } },
      ],
      ['by an RPC that returns rows', 'rpc/list_integrations?select=config', { json: {} }],
      ['by CSV', 'integrations?select=config', { headers: { accept: 'text/csv' } }],
    ])('%s', async (_how, path, init) => {
      const query = path.startsWith('integrations?') ? `${path}&id=eq.${integrationId}` : path
      const { status, text } = await victim.rest(query, init).catch(error => ({ status: 400, text: String(error) }))
      expect(status).toBeGreaterThanOrEqual(400)
      expect(text).not.toContain(SEALED)
      expect(await rows()).toMatchObject([{ name: 'Acme' }])
    })
  })

  describe('plaintext', () => {
    it.each([
      ['under access_token', { access_token: 'plain' }],
      ['nested', { oauth: { deep: { refresh_token: 'plain' } } }],
      ['in an array', { accounts: [{ ok: 1 }, { api_key: 'plain' }] }],
      ['camelCase', { accessToken: 'plain' }],
      ['SCREAMING', { CLIENT_SECRET: 'plain' }],
      ['with a dash', { 'client-secret': 'plain' }],
      ['as a number', { password: 12345 }],
      ['as an object', { token: { value: 'plain' } }],
      ['as an array of strings', { tokens: ['plain'] }],
      ['almost a ciphertext', { access_token: `${SEALED}=` }],
      ['with a tag cut short', { access_token: SEALED.replace('AC80myl8vKotd-EbidSZkw', 'AC80myl8vKo') }],
    ])('%s is refused on insert and on update', async (_how, config) => {
      const id = crypto.randomUUID()
      expect((await connect(victim, victim.id, id, config)).status).toBeGreaterThanOrEqual(400)
      const inserted = await victim.rest('integrations', {
        json: {
          id,
          organization_id: victim.id,
          integration_type: 'sandbox',
          name: 'x',
          created_by: victim.id,
          config,
        },
      })
      expect(inserted.status).toBeGreaterThanOrEqual(400)
      expect(inserted.text).toContain('integrations_config_sealed')
      expect(
        (await victim.rest(`integrations?id=eq.${integrationId}`, { method: 'PATCH', json: { config } })).status,
      ).toBeGreaterThanOrEqual(400)
      expect(
        (await service(rig).rest(`integrations?id=eq.${integrationId}`, { method: 'PATCH', json: { config } })).status,
      ).toBeGreaterThanOrEqual(400)
      expect(await rows(id)).toEqual([])
      expect((await rows())[0]).toMatchObject({ config: { access_token: SEALED } })
    })

    it('null under a sensitive name is allowed, and so is anything under other names', async () => {
      const config = {
        refresh_token: null,
        public_key: 'ssh-ed25519 AAAA',
        key: 'x',
        expires_at: '2030-01-01',
        list: [1, { name: 'n' }],
      }
      expect((await connect(victim, victim.id, crypto.randomUUID(), config)).status).toBe(200)
    })
  })

  describe('what the database keeps by itself', () => {
    it('a row cannot change its tenant, its type, its account or its version', async () => {
      for (const change of [
        { organization_id: attacker.id },
        { integration_type: 'github' },
        { external_account_id: 'x' },
        { credential_version: 99 },
        { lease_owner: victim.id },
        { created_by: attacker.id },
        { id: crypto.randomUUID() },
      ]) {
        expect(
          (await victim.rest(`integrations?id=eq.${integrationId}`, { method: 'PATCH', json: change })).status,
          JSON.stringify(change),
        ).toBeGreaterThanOrEqual(400)
      }
    })

    it('the credential version rises with each write of credentials, and only then', async () => {
      await victim.rest('rpc/update_integration', {
        json: { p_id: integrationId, p_patch: { name: 'renamed' }, p_request: {} },
      })
      expect(Number((await rows())[0]!.credential_version)).toBe(1)
      await connect(victim, victim.id, integrationId, { access_token: SEALED.replace('b', 'c') })
      expect(Number((await rows())[0]!.credential_version)).toBe(2)
    })

    it('flows and choices are closed to users', async () => {
      for (const table of ['oauth_flows', 'connection_choices']) {
        expect((await victim.rest(table)).status).toBeGreaterThanOrEqual(400)
        expect((await victim.rest(table, { json: { id: crypto.randomUUID() } })).status).toBeGreaterThanOrEqual(400)
      }
      expect(
        (await victim.rest('rpc/consume_oauth_flow', { json: { p_state_hash: 'a', p_browser_hash: 'b' } })).status,
      ).toBeGreaterThanOrEqual(400)
      expect((await victim.rest('rpc/database_guard', { json: {} })).status).toBeGreaterThanOrEqual(400)
    })

    it('each change leaves an audit row in its own transaction, that nobody can write, change or remove', async () => {
      await victim.rest('rpc/update_integration', {
        json: {
          p_id: integrationId,
          p_patch: { name: 'B', paused: true },
          p_request: { id: 'request-2', address: '203.0.113.9' },
        },
      })
      await victim.rest(`integrations?id=eq.${integrationId}`, { method: 'DELETE' })
      const { body } = await victim.rest(`audit_log?integration_id=eq.${integrationId}&order=id`)
      const entries = body as { action: string, actor_id: string, id: number }[]
      expect(entries.map(({ action }) => action)).toEqual([
        'integration.connect',
        'integration.rename',
        'integration.pause',
        'integration.delete',
      ])
      expect(entries).toMatchObject([
        { request_id: 'request-1', address: '203.0.113.9' },
        { details: { was: 'Acme' } },
        { request_id: 'request-2' },
        {},
      ])
      expect(new Set(entries.map(entry => entry.actor_id))).toEqual(new Set([victim.id]))
      const forged = {
        organization_id: victim.id,
        actor_kind: 'user',
        action: 'integration.delete',
        outcome: 'success',
      }
      expect((await victim.rest('audit_log', { json: forged })).status).toBeGreaterThanOrEqual(400)
      for (const who of [victim, service(rig)]) {
        expect(
          (await who.rest(`audit_log?id=eq.${entries[0]!.id}`, { method: 'PATCH', json: { outcome: 'denied' } }))
            .status,
        ).toBeGreaterThanOrEqual(400)
        expect(
          (await who.rest(`audit_log?id=eq.${entries[0]!.id}`, { method: 'DELETE' })).status,
        ).toBeGreaterThanOrEqual(400)
      }
      await expect(rig.sql('delete from audit_log')).rejects.toThrow(/append-only/)
      await expect(rig.sql('truncate audit_log')).rejects.toThrow(/append-only/)
    })

    it('a failed change leaves no audit row', async () => {
      const id = crypto.randomUUID()
      await connect(victim, victim.id, id, { access_token: 'plain' })
      expect(await rig.sql(`select 1 from audit_log where integration_id = '${id}'`)).toEqual([])
    })

    it('an account is one row a tenant and type, and a user of two tenants can connect it in both', async () => {
      const account = { external_account_id: 'same' }
      const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
      expect((await connect(victim, victim.id, first, {}, account)).status).toBe(200)
      expect((await connect(victim, victim.id, second, {}, account)).status).toBeGreaterThanOrEqual(400)
      expect((await connect(attacker, attacker.id, second, {}, account)).status).toBe(200)
    })

    it('personal organisations have the user\'s own id, and the user owns them', async () => {
      expect((await victim.rest('organizations?select=id')).body).toEqual([{ id: victim.id }])
      expect((await victim.rest('organization_members?select=organization_id,role')).body).toEqual([
        { organization_id: victim.id, role: 'owner' },
      ])
    })
  })
})
