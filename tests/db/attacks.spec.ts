import { beforeEach, describe, expect, it } from 'vitest'
import { onBothDatabases, useRig } from '../../rigs/on-both-databases.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'
import { anonymous, service, signUp, type RestUser } from '../../rigs/rest-user.ts'

/** Only the server sets these. */
const SERVER_STATUSES = ['needs_reauth', 'misconfigured', 'revoked']

const SEALED = 'bSg3s7TCCUmgkD_h.AC80myl8vKotd-EbidSZkw.RitGfn0jhNuHQ4v0rtsnTk2R3wKl1ifs'

let rig: SupabaseRig
let victim: RestUser
let attacker: RestUser
let integrationId: string

const connection = (by: RestUser, organizationId: string, id: string, config: unknown, more: object = {}) => ({
  p_organization_id: organizationId,
  p_integration_type: 'sandbox',
  p_accounts: [{
    id,
    external_account_id: id,
    name: 'Acme',
    config,
    ...more,
  }],
  p_grant: { granted_scopes: ['read'] },
  p_encryption_key_id: 'k1',
  p_request: { id: 'request-1', address: '203.0.113.9', actor: by.id },
})
/** Connects as the server does for a person, after it has authorized them. */
const connect = (by: RestUser, organizationId: string, id: string, config: unknown, more: object = {}) =>
  service(rig).rest('rpc/connect_integrations', { json: connection(by, organizationId, id, config, more) })
const change = (user: Pick<RestUser, 'rest'>, columns: object, id = integrationId) =>
  user.rest(`integrations?id=eq.${id}`, { method: 'PATCH', json: columns })
const rows = async (id = integrationId) => await rig.sql(`select * from integrations where id = '${id}'`)

/** Gives the attacker a role in the victim's organization. */
const join = (role: string) =>
  rig.sql(`insert into organization_members (organization_id, user_id, role)
    values ('${victim.id}', '${attacker.id}', '${role}')`)

/** Requests by which another user could try to read. */
const READS: [string, () => string][] = [
  ['reads an integration by its id', () => `integrations?id=eq.${integrationId}&select=id,name`],
  ['reads the list of integrations', () => 'integrations?select=id'],
  ['reads the view of integrations', () => 'integration_summaries?select=*'],
  ['reads the audit log', () => `audit_log?integration_id=eq.${integrationId}`],
  ['reads the organization', () => `organizations?id=eq.${victim.id}`],
  ['reads the members of the organization', () => `organization_members?organization_id=eq.${victim.id}`],
]

/** Tables and views that nobody may read without signing in. */
const RELATIONS: string[] = [
  'integrations?select=id',
  'integration_summaries',
  'credential_state',
  'credential_rows',
  'organizations',
  'organization_members',
  'audit_log',
  'oauth_flows',
  'connection_choices',
  'revocations',
  'breakers',
]

/** Functions that nobody may call without signing in. */
const FUNCTIONS: string[] = [
  'list_integrations',
  'database_guard',
  'consume_oauth_flow',
  'connect_integrations',
  'update_integration',
  'delete_integration',
  'claim_due_refreshes',
  'save_refresh',
  'lend_credential',
  'claim_revocations',
  'claim_due_health_checks',
  'record_health_check',
  'report_to_breaker',
]

/** Columns of integrations that only the server writes. */
const CLOSED_COLUMNS: [string, object][] = [
  ['the organization', { organization_id: '00000000-0000-4000-8000-000000000000' }],
  ['the id', { id: '00000000-0000-4000-8000-000000000000' }],
  ['the type', { integration_type: 'github' }],
  ['the account', { external_account_id: 'x' }],
  ['who connected it', { created_by: null }],
  ['the config', { config: {} }],
  ['a sealed config', { config: { access_token: SEALED } }],
  ['the reason of the status', { status_reason: 'x' }],
  ['the granted scopes', { granted_scopes: ['everything'] }],
  ['the expiry', { expires_at: '2030-01-01T00:00:00Z' }],
  ['the time of the last check', { last_checked_at: '2030-01-01T00:00:00Z' }],
  ['the time of the next check', { next_check_at: '2000-01-01T00:00:00Z' }],
  ['the time of the last sync', { last_sync: '2030-01-01T00:00:00Z' }],
  ['when it was created', { created_at: '2000-01-01T00:00:00Z' }],
  ['when it was changed', { updated_at: '2000-01-01T00:00:00Z' }],
  ['another column beside an allowed one', { name: 'x', expires_at: '2030-01-01T00:00:00Z' }],
]

/** Values that the columns which members write do not take. */
const BAD_VALUES: [string, object][] = [
  ['an empty name', { name: '' }],
  ['a name of 201 characters', { name: 'x'.repeat(201) }],
  ['no name', { name: null }],
  ['a schedule that is none', { scan_schedule: 'whenever' }],
  ['a schedule with a semicolon and SQL', { scan_schedule: '\'; drop table integrations; --' }],
  ['a schedule of 201 characters', { scan_schedule: `${'1,'.repeat(97)}1 * * * *` }],
  ['no status', { status: null }],
]

/** Functions that only the server calls. */
const SERVER_FUNCTIONS: string[] = [
  'connect_integrations',
  'update_integration',
  'delete_integration',
  'claim_due_refreshes',
  'due_refreshes',
  'lease_integration',
  'journal_refresh',
  'save_refresh',
  'fail_refresh',
  'lend_credential',
  'claim_revocations',
  'claim_due_health_checks',
  'record_health_check',
  'report_to_breaker',
  'reseal',
  'sealed_rows',
  'database_guard',
  'metrics_snapshot',
]

/** Requests by which an owner could try to read config. */
const WAYS_TO_CONFIG: [string, string, Parameters<RestUser['rest']>[1]][] = [
  ['by select=config', 'integrations?select=config', {}],
  ['by select=*', 'integrations?select=*', {}],
  ['by a part of it', 'integrations?select=token:config->>access_token', {}],
  ['by embedding', 'organizations?select=id,integrations(config)', {}],
  ['by a filter oracle', 'integrations?select=id&config->>access_token=like.*', {}],
  ['by an order oracle', 'integrations?select=id&order=config->>access_token', {}],
  ['by a filter on the view', 'integration_summaries?select=id&config->>access_token=like.*', {}],
  [
    'by the rows that an update returns',
    'integrations?select=id,config',
    { method: 'PATCH', json: { name: 'y' }, headers: { prefer: 'return=representation' } },
  ],
  [
    'by the rows that a delete returns',
    'integrations?select=config',
    { method: 'DELETE', headers: { prefer: 'return=representation' } },
  ],
  ['by an RPC that returns rows', 'rpc/list_integrations?select=config', { json: {} }],
  ['by CSV', 'integrations?select=config', { headers: { accept: 'text/csv' } }],
]

/** Configs with a part that is neither sealed nor declared plain. */
const PLAINTEXTS: [string, object][] = [
  ['under access_token', { access_token: 'plain' }],
  ['in a nested object', { oauth: { deep: { refresh_token: 'plain' } } }],
  ['in an array', { accounts: [{ ok: 1 }, { api_key: 'plain' }] }],
  ['under a name in camelCase', { accessToken: 'plain' }],
  ['under a name in capitals', { CLIENT_SECRET: 'plain' }],
  ['under a name with a dash', { 'client-secret': 'plain' }],
  ['as a number', { password: 12345 }],
  ['as an object', { token: { value: 'plain' } }],
  ['as an array of strings', { tokens: ['plain'] }],
  ['that is almost a ciphertext', { access_token: `${SEALED}=` }],
  ['in a ciphertext with a short tag', { access_token: SEALED.replace('AC80myl8vKotd-EbidSZkw', 'AC80myl8vKo') }],
  ['under a name that nobody declared plain', { note: 'plain' }],
  ['under the name of a host', { host: 'mail.example' }],
  ['in an object under a plain name', { project_ref: { value: 'plain' } }],
  ['in a list under a plain name', { project_ref: ['plain'] }],
  ['beside a ciphertext', { access_token: SEALED, note: 1 }],
]

function strangers(): void {
  it.each(READS)('Another user who %s gets nothing', async (_what, path) => {
    const { status, text } = await attacker.rest(path())
    expect(status).toBe(200)
    expect(text).not.toContain(integrationId)
    expect(text).not.toContain(victim.id)
  })

  it('Another user who updates an integration changes nothing', async () => {
    await change(attacker, { name: 'mine' })
    await change(attacker, { status: 'paused' })
    await change(attacker, { scan_schedule: '* * * * *' })
    expect((await rows())[0]).toMatchObject({ name: 'Acme', status: 'active', scan_schedule: null })
  })

  it('An integration that another user deletes stays', async () => {
    await attacker.rest(`integrations?id=eq.${integrationId}`, { method: 'DELETE' })
    expect(await rows()).toHaveLength(1)
  })

  it('No user can insert an integration, neither into another organization nor into their own', async () => {
    for (const organization of [victim.id, attacker.id]) {
      const id = crypto.randomUUID()
      const { status } = await attacker.rest('integrations', {
        json: {
          id,
          organization_id: organization,
          integration_type: 'sandbox',
          name: 'x',
        },
      })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(await rows(id)).toEqual([])
    }
  })

  it('Connecting with the id of another organization\'s integration changes nothing', async () => {
    // Even the server's own function, called for the attacker's organization or for another type.
    const forged = { access_token: SEALED.replace('b', 'c') }
    expect((await connect(attacker, attacker.id, integrationId, forged)).status).toBeGreaterThanOrEqual(400)
    expect((await rows())[0]).toMatchObject({ organization_id: victim.id, config: { access_token: SEALED } })
  })

  it('No integration can be made to share another organization\'s credentials, even by the server', async () => {
    const id = crypto.randomUUID()
    expect((await connect(attacker, attacker.id, id, {})).status).toBe(200)
    const { status } = await service(rig).rest(`credential_state?integration_id=eq.${id}`, {
      method: 'PATCH',
      json: { grant_holder_id: integrationId },
    })
    expect(status).toBeGreaterThanOrEqual(400)
  })

  it('No user can join an organization by writing a membership', async () => {
    const { status } = await attacker.rest('organization_members', {
      json: { organization_id: victim.id, user_id: attacker.id, role: 'owner' },
    })
    expect(status).toBeGreaterThanOrEqual(400)
  })
}

function anonymousRequests(): void {
  it.each(RELATIONS)('An anonymous request cannot read %s', async (path) => {
    expect([401, 403, 404]).toContain((await anonymous(rig).rest(path)).status)
  })

  it.each(FUNCTIONS)('An anonymous request cannot call %s', async (name) => {
    expect((await anonymous(rig).rest(`rpc/${name}`, { json: {} })).status).toBeGreaterThanOrEqual(400)
  })
}

function guests(): void {
  it('A viewer can read the integrations of an organization and change nothing', async () => {
    await join('viewer')
    expect((await attacker.rest(`integrations?id=eq.${integrationId}&select=id`)).body).toEqual([
      { id: integrationId },
    ])
    for (const columns of [{ name: 'x' }, { status: 'paused' }, { scan_schedule: '* * * * *' }])
      await change(attacker, columns)
    await attacker.rest(`integrations?id=eq.${integrationId}`, { method: 'DELETE' })
    expect(await rows()).toMatchObject([{ name: 'Acme', status: 'active', scan_schedule: null }])
  })

  it('A viewer cannot raise their own role', async () => {
    await join('viewer')
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

  it('A member can change name, schedule and pause of a shared integration, and cannot delete it', async () => {
    await join('member')
    const allowed = { name: 'theirs', scan_schedule: '0 3 * * *', status: 'paused' }
    expect((await change(attacker, allowed)).status).toBeLessThan(300)
    expect(await rows()).toMatchObject([allowed])
    await attacker.rest(`integrations?id=eq.${integrationId}`, { method: 'DELETE' })
    expect(await rows()).toHaveLength(1)
  })
}

function writes(): void {
  it.each(CLOSED_COLUMNS)('A member cannot write %s', async (_what, columns) => {
    const [before] = await rows()
    expect((await change(victim, columns)).status).toBeGreaterThanOrEqual(400)
    expect((await rows())[0]).toEqual(before)
  })

  it.each([...SERVER_STATUSES, 'unknown'])('A member cannot set the status %s', async (status) => {
    expect((await change(victim, { status })).status).toBeGreaterThanOrEqual(400)
    expect(await rows()).toMatchObject([{ status: 'active' }])
  })

  it.each(SERVER_STATUSES)('A member cannot change the status %s', async (status) => {
    await rig.sql(`update integrations set status = '${status}' where id = '${integrationId}'`)
    for (const to of ['active', 'paused'])
      expect((await change(victim, { status: to })).status).toBeGreaterThanOrEqual(400)
    expect(await rows()).toMatchObject([{ status }])
    // The other columns can still be written.
    expect((await change(victim, { name: 'renamed' })).status).toBeLessThan(300)
  })

  it('A member can pause and resume, and the refresh goes on where it was', async () => {
    const state = async () =>
      (await rig.sql(`select refreshable, next_refresh_at from credential_state
        where integration_id = '${integrationId}'`))[0]
    await rig.sql(`update credential_state set next_refresh_at = '2030-01-01'
      where integration_id = '${integrationId}'`)
    const before = await state()
    expect(before).toMatchObject({ refreshable: true })
    expect((await change(victim, { status: 'paused' })).status).toBeLessThan(300)
    expect(await state()).toMatchObject({ refreshable: false })
    expect((await change(victim, { status: 'active' })).status).toBeLessThan(300)
    expect(await state()).toEqual(before)
  })

  it.each(BAD_VALUES)('A member cannot set %s', async (_what, columns) => {
    expect((await change(victim, columns)).status).toBeGreaterThanOrEqual(400)
    expect(await rows()).toMatchObject([{ name: 'Acme', scan_schedule: null, status: 'active' }])
  })

  it('A schedule that is set without the server has its first turn within a day', async () => {
    await change(victim, { scan_schedule: '* * * * *' })
    const [row] = await rows()
    const turn = new Date(String(row!.next_check_at)).getTime()
    expect(turn).toBeGreaterThan(Date.now() + 60_000)
    expect(turn).toBeLessThan(Date.now() + 25 * 3600_000)
  })
}

function ownRows(): void {
  it('A member can neither insert nor delete an integration, not even their own', async () => {
    const id = crypto.randomUUID()
    for (const more of [{}, { created_by: victim.id }, { config: {} }, { config: { access_token: SEALED } }]) {
      const json = {
        id,
        organization_id: victim.id,
        integration_type: 'sandbox',
        name: 'x',
        ...more,
      }
      expect((await victim.rest('integrations', { json })).status).toBeGreaterThanOrEqual(400)
    }
    const upsert = {
      id: integrationId,
      organization_id: victim.id,
      integration_type: 'sandbox',
      name: 'upserted',
    }
    expect(
      (
        await victim.rest('integrations', {
          json: upsert,
          headers: { prefer: 'resolution=merge-duplicates' },
        })
      ).status,
    ).toBeGreaterThanOrEqual(400)
    expect(
      (await victim.rest(`integrations?id=eq.${integrationId}`, { method: 'DELETE' })).status,
    ).toBeGreaterThanOrEqual(400)
    expect(await rows()).toMatchObject([{ name: 'Acme' }])
    expect(await rows(id)).toEqual([])
  })

  it('Members can neither read nor write the server\'s own state', async () => {
    for (const relation of ['credential_state', 'credential_rows', 'credential_facts']) {
      for (const path of [relation, `${relation}?select=integration_id`, `organizations?select=id,${relation}(*)`])
        expect((await victim.rest(path)).status, path).toBeGreaterThanOrEqual(400)
    }
    for (const json of [{ next_refresh_at: null }, { credential_version: 99 }, { lease_owner: victim.id }])
      expect(
        (await victim.rest(`credential_state?integration_id=eq.${integrationId}`, { method: 'PATCH', json })).status,
      ).toBeGreaterThanOrEqual(400)
    expect(
      (await victim.rest(`credential_state?integration_id=eq.${integrationId}`, { method: 'DELETE' })).status,
    ).toBeGreaterThanOrEqual(400)
    expect(
      (await victim.rest('integration_summaries?select=lease_owner')).status,
    ).toBeGreaterThanOrEqual(400)
  })

  it('Members can read what is known of the credentials, of their own integrations only', async () => {
    const summary = 'integration_summaries?select=id,credential_version,next_refresh_at,last_check_outcome,ends_soon'
    expect((await victim.rest(summary)).body).toMatchObject([{ id: integrationId, credential_version: 1 }])
    expect((await attacker.rest(summary)).body).toEqual([])
  })
}

function serverFunctions(): void {
  it.each(SERVER_FUNCTIONS)('A member cannot call the server\'s function %s', async (name) => {
    const functions = await rig.sql(
      `select oid::regprocedure::text as f from pg_proc
      where proname = '${name}' and pronamespace = 'public'::regnamespace`,
    )
    expect(functions).toHaveLength(1)
    for (const role of ['anon', 'authenticated'])
      expect(
        await rig.sql(`select has_function_privilege('${role}', '${String(functions[0]!.f)}', 'execute') as may`),
      ).toEqual([{ may: false }])
    const json =
      name === 'connect_integrations'
        ? connection(victim, victim.id, crypto.randomUUID(), {})
        : name === 'delete_integration'
          ? { p_organization_id: victim.id, p_id: integrationId, p_request: {} }
          : name === 'update_integration'
            ? {
                p_organization_id: victim.id,
                p_id: integrationId,
                p_patch: { name: 'x' },
                p_request: {},
              }
            : {}
    expect((await victim.rest(`rpc/${name}`, { json })).status).toBeGreaterThanOrEqual(400)
    expect(await rows()).toMatchObject([{ name: 'Acme' }])
  })
}

function configBack(): void {
  it.each(WAYS_TO_CONFIG)('The owner cannot read config back %s', async (_how, path, init) => {
    const query = path.startsWith('integrations?') ? `${path}&id=eq.${integrationId}` : path
    const { status, text } = await victim.rest(query, init).catch(error => ({ status: 400, text: String(error) }))
    expect(status).toBeGreaterThanOrEqual(400)
    expect(text).not.toContain(SEALED)
    expect(await rows()).toMatchObject([{ name: 'Acme' }])
  })
}

function plaintext(): void {
  it.each(PLAINTEXTS)('A config with plaintext %s is refused on insert and on update', async (_how, config) => {
    const id = crypto.randomUUID()
    const inserted = await connect(victim, victim.id, id, config)
    expect(inserted.status).toBeGreaterThanOrEqual(400)
    expect(inserted.text).toContain('integrations_config_sealed')
    expect((await change(service(rig), { config })).status).toBeGreaterThanOrEqual(400)
    expect(await rows(id)).toEqual([])
    expect((await rows())[0]).toMatchObject({ config: { access_token: SEALED } })
  })

  it('A config may have null under every name, and a plain value under a plain name', async () => {
    const config = {
      refresh_token: null,
      note: null,
      expires_at: '2030-01-01',
      project_ref: 'abc',
      region: 7,
    }
    expect((await connect(victim, victim.id, crypto.randomUUID(), config)).status).toBe(200)
  })
}

function invariants(): void {
  it('The credential version rises with each write of credentials, and only then', async () => {
    const version = async () =>
      Number((await rig.sql(`select credential_version from credential_state
        where integration_id = '${integrationId}'`))[0]!.credential_version)
    await change(victim, { name: 'renamed' })
    expect(await version()).toBe(1)
    await connect(victim, victim.id, integrationId, { access_token: SEALED.replace('b', 'c') })
    expect(await version()).toBe(2)
  })

  it('A deleted organization takes its integrations and their state along', async () => {
    const id = crypto.randomUUID()
    await connect(victim, victim.id, id, {})
    await rig.sql(`update credential_state set grant_holder_id = '${integrationId}' where integration_id = '${id}'`)
    await rig.sql(`delete from organizations where id = '${victim.id}'`)
    expect(await rig.sql(`select 1 from credential_state where organization_id = '${victim.id}'`)).toEqual([])
    expect(await rows()).toEqual([])
  })

  it('OAuth flows and connection choices are closed to users', async () => {
    for (const table of ['oauth_flows', 'connection_choices']) {
      expect((await victim.rest(table)).status).toBeGreaterThanOrEqual(400)
      expect((await victim.rest(table, { json: { id: crypto.randomUUID() } })).status).toBeGreaterThanOrEqual(400)
    }
    expect(
      (await victim.rest('rpc/consume_oauth_flow', { json: { p_state_hash: 'a', p_browser_hash: 'b' } })).status,
    ).toBeGreaterThanOrEqual(400)
    expect((await victim.rest('rpc/database_guard', { json: {} })).status).toBeGreaterThanOrEqual(400)
  })
}

function auditRows(): void {
  it('Each change leaves an audit row in its own transaction, which nobody can write or remove', async () => {
    const request = { id: 'request-2', address: '203.0.113.9', actor: victim.id }
    const target = { p_organization_id: victim.id, p_id: integrationId, p_request: request }
    await service(rig).rest('rpc/update_integration', {
      json: { ...target, p_patch: { name: 'B', paused: true } },
    })
    await change(victim, { name: 'C' })
    await service(rig).rest('rpc/delete_integration', { json: target })
    const { body } = await victim.rest(`audit_log?integration_id=eq.${integrationId}&order=id`)
    const entries = body as { action: string, actor_id: string, id: number }[]
    expect(entries.map(({ action }) => action)).toEqual([
      'integration.connect',
      'integration.rename',
      'integration.pause',
      'integration.rename',
      'integration.delete',
    ])
    expect(entries).toMatchObject([
      { request_id: 'request-1', address: '203.0.113.9' },
      { details: { was: 'Acme' } },
      { request_id: 'request-2' },
      { request_id: null, details: { was: 'B' } },
      { request_id: 'request-2' },
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

  it('A failed change leaves no audit row', async () => {
    const id = crypto.randomUUID()
    await connect(victim, victim.id, id, { access_token: 'plain' })
    expect(await rig.sql(`select 1 from audit_log where integration_id = '${id}'`)).toEqual([])
  })
}

function organizations(): void {
  it('An account is one row per organization and type, and two organizations can connect it', async () => {
    const account = { external_account_id: 'same' }
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
    expect((await connect(victim, victim.id, first, {}, account)).status).toBe(200)
    expect((await connect(victim, victim.id, second, {}, account)).status).toBeGreaterThanOrEqual(400)
    expect((await connect(attacker, attacker.id, second, {}, account)).status).toBe(200)
  })

  it('A personal organization has its user\'s own id, and the user owns it', async () => {
    expect((await victim.rest('organizations?select=id')).body).toEqual([{ id: victim.id }])
    expect((await victim.rest('organization_members?select=organization_id,role')).body).toEqual([
      { organization_id: victim.id, role: 'owner' },
    ])
  })
}

onBothDatabases('attacks on the REST layer', (start) => {
  useRig(start, (started) => {
    rig = started
  })
  beforeEach(async () => {
    victim = await signUp(rig)
    attacker = await signUp(rig)
    integrationId = crypto.randomUUID()
    const connected = await connect(victim, victim.id, integrationId, { access_token: SEALED, project_ref: 'abc' })
    expect(connected.status).toBe(200)
  })
  describe('another user', strangers)
  describe('anonymous requests', anonymousRequests)
  describe('others in a shared organization', guests)
  describe('the columns that a member writes', writes)
  describe('the rows of a member', ownRows)
  describe('the server\'s functions', serverFunctions)
  describe('reading config back', configBack)
  describe('plaintext', plaintext)
  describe('what the database keeps by itself', invariants)
  describe('the audit rows of changes', auditRows)
  describe('organizations', organizations)
})
