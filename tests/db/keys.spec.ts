import { randomBytes, randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Deps } from '../../server/usecases/deps.ts'
import { readKeyStatus } from '../../server/usecases/keys/key-status.ts'
import { noteEncryptions } from '../../server/usecases/keys/note-encryptions.ts'
import { refreshIntegration } from '../../server/usecases/credentials/refresh-integration.ts'
import { rotateKeys } from '../../server/usecases/keys/rotate-keys.ts'
import { verifyAudit } from '../../server/usecases/audit/verify-audit.ts'
import { verifyKeys } from '../../server/usecases/keys/verify-keys.ts'
import { GUARDED_COLUMNS, SEALED_COLUMNS } from '../../server/vault/sealed-columns.ts'
import type { JobRig } from '../../rigs/job-rig.ts'
import { onBothDatabases, useJobRig } from '../../rigs/on-both-databases.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'
import { signUp } from '../../rigs/rest-user.ts'

const TABLES = [
  'integrations',
  'revocations',
  'oauth_flows',
  'connection_choices',
  'key_rotations',
  'encryption_keys',
  'breakers',
]

let rig: SupabaseRig
let jobs: JobRig
/** A server whose current key is new, and which knows the rig's key as retired. */
let next: Deps
/** A server that has only the new key. */
let after: Deps
const alive = () => ({ columns: { expires_at: new Date(jobs.clock.ms + 86_400_000), next_refresh_at: null } })
const retired = async (deps = next) => {
  const { byKey, brokenCount } = await verifyKeys(deps)
  return {
    retired: [...byKey].filter(([id]) => id !== deps.vault.keyId).reduce((sum, [, count]) => sum + count, 0),
    brokenCount,
    labelled: (await deps.keys.count()).filter(({ keyId }) => keyId !== deps.vault.keyId).length,
  }
}

/** Stores one value in each column that is sealed. */
async function fillEverything(): Promise<void> {
  const integration = await jobs.addRow('github', alive())
  const context = { organizationId: jobs.userId, integrationId: integration }
  await jobs.deps.webhooks.save(
    {
      organizationId: jobs.userId,
      integrationId: integration,
      integrationType: 'github',
      config: jobs.deps.vault.seal({ webhook_secret: 'hook' }, context),
    },
    jobs.deps.vault.keyId,
  )
  const deleted = await jobs.addRow('discord', alive())
  await rig.sql('delete from integrations where id = $1', [deleted])
  const [choice, flow] = [randomUUID(), randomUUID()]
  const later = new Date(Date.now() + 600_000)
  await jobs.deps.choices.create({
    id: choice,
    provider: 'supabase',
    organizationId: jobs.userId,
    userId: jobs.userId,
    config: jobs.deps.vault.seal({ access_token: 'choice' }, { organizationId: jobs.userId, integrationId: choice }),
    accounts: [],
    grantedScopes: [],
    tokenExpiresAt: null,
    encryptionKeyId: jobs.deps.vault.keyId,
    returnTo: '/',
    expiresAt: later,
    createdAt: new Date(),
  })
  await jobs.deps.flows.create({
    id: flow,
    stateHash: randomBytes(32).toString('base64url'),
    browserHash: randomBytes(32).toString('base64url'),
    provider: 'github',
    organizationId: jobs.userId,
    userId: jobs.userId,
    integrationId: null,
    issuer: 'x',
    authorizationEndpoint: 'x',
    tokenEndpoint: 'x',
    redirectUri: 'x',
    encryptionKeyId: jobs.deps.vault.keyId,
    codeVerifier: jobs.deps.vault.sealText('verifier', 'code_verifier', {
      organizationId: jobs.userId,
      integrationId: flow,
    }),
    scopes: [],
    returnTo: '/',
    expiresAt: later,
  })
}

function rotation(): void {
  it('Every column that a constraint keeps sealed is listed, in TypeScript and in SQL', async () => {
    const listed = [...SEALED_COLUMNS, ...GUARDED_COLUMNS].map(({ table, column }) => `${table}.${column}`).sort()
    const guarded = async () =>
      ((await rig.sql('select guarded_columns() as columns'))[0]!.columns as { table: string, column: string }[])
        .map(({ table, column }) => `${table}.${column}`)
        .sort()
    expect(await guarded()).toEqual(listed)
    for (const { table, column } of SEALED_COLUMNS)
      expect(await rig.sql('select sealed_column from private.sealed_table($1)', [table])).toEqual([
        { sealed_column: column },
      ])
    // A migration that adds one without registering it is noticed.
    await rig.sql(
      `create table public.forgotten (
        id uuid,
        secrets jsonb check (private.config_is_sealed(secrets)),
        code text,
        check (code is null or private.is_ciphertext(code)))`,
    )
    try {
      expect(await guarded()).toEqual([...listed, 'forgotten.secrets', 'forgotten.code'].sort())
    } finally {
      await rig.sql('drop table public.forgotten')
    }
  })

  it('A rotation moves everything that is sealed to the new key, which alone opens it', async () => {
    await fillEverything()
    expect((await retired()).retired).toBe(5)
    expect(await rotateKeys(next)).toEqual({
      resealed: 5,
      unopened: 0,
      left: 0,
      busyElsewhere: false,
    })
    expect(await retired()).toEqual({ retired: 0, brokenCount: 0, labelled: 0 })
    expect(await retired(after)).toEqual({ retired: 0, brokenCount: 0, labelled: 0 })
    expect((await verifyKeys(jobs.deps)).brokenCount).toBe(5)
    // A second rotation has nothing to do.
    expect((await rotateKeys(next)).resealed).toBe(0)
    expect((await verifyAudit(jobs.deps)).faults).toEqual([])
    const opened = await rig.sql(
      `select details from audit_log where organization_id = $1 and details ->> 'purpose' = 'rotate'`,
      [jobs.userId],
    )
    expect(opened).toHaveLength(5)
  })

  it('A dry run of a rotation opens and seals, and changes nothing', async () => {
    await fillEverything()
    const before = await rig.sql('select config from integrations')
    expect((await rotateKeys(next, { dryRun: true })).resealed).toBe(5)
    expect(await rig.sql('select config from integrations')).toEqual(before)
    expect((await retired()).retired).toBe(5)
  })

  it('A rotation changes neither version nor date of a row, and its history has no reconnect', async () => {
    const id = await jobs.addRow('discord', alive())
    const before = await jobs.row(id)
    await rotateKeys(next)
    const now = await jobs.row(id)
    expect(now.config).not.toEqual(before.config)
    expect([now.credential_version, now.updated_at, now.encryption_key_id]).toEqual([
      before.credential_version,
      before.updated_at,
      next.vault.keyId,
    ])
    expect(
      await rig.sql(
        `select action from audit_log where integration_id = $1 and action <> 'integration.connect'`,
        [id],
      ),
    ).toEqual([])
  })
}

function races(): void {
  it('A rotation never overwrites what a refresh saved meanwhile', async () => {
    const id = await jobs.addRow('discord')
    let once = false
    const raced = {
      ...next,
      keys: {
        ...next.keys,
        reseal: async (...args: Parameters<typeof next.keys.reseal>) => {
          // A server with the old configuration refreshes between reading and writing.
          if (!once) await refreshIntegration(jobs.deps, { organizationId: jobs.userId, id })
          once = true
          return await next.keys.reseal(...args)
        },
      },
    }
    await rotateKeys(raced)
    expect(await jobs.open(id, next)).toMatchObject({ access_token: 'access-1', refresh_token: 'refresh-1' })
    expect(await retired()).toMatchObject({ retired: 0, brokenCount: 0 })
  })

  it('A rotation waits for what is being refreshed', async () => {
    const id = await jobs.addRow('discord')
    const row = (await jobs.deps.credentials.read(jobs.userId, id))!
    await jobs.deps.credentials.lease(row)
    // The pauses of the rotation move the clock until the lease is over.
    const patient = { ...next, pause: jobs.deps.pause }
    expect(await rotateKeys(patient)).toMatchObject({ resealed: 1, left: 0 })
    expect(await retired()).toMatchObject({ retired: 0 })
  })

  it('A rotation waits for a lease also after a first pass that took longer than its patience', async () => {
    const id = await jobs.addRow('discord')
    const row = (await jobs.deps.credentials.read(jobs.userId, id))!
    await jobs.deps.credentials.lease(row)
    let passes = 0
    const slow = {
      ...next,
      keys: {
        ...next.keys,
        reseal: async (...args: Parameters<typeof next.keys.reseal>) => {
          const taken = await next.keys.reseal(...args)
          if (++passes === 1) jobs.clock.ms += 9 * 60_000
          return taken
        },
      },
    }
    expect(await rotateKeys(slow)).toMatchObject({ resealed: 1, left: 0 })
  })

  it('A rotation that was killed can start again and goes on, and two at once are one', async () => {
    await Promise.all(Array.from({ length: 600 }, () => jobs.addRow('discord', alive())))
    let batches = 0
    const dying = {
      ...next,
      keys: {
        ...next.keys,
        reseal: async (...args: Parameters<typeof next.keys.reseal>) => {
          if (++batches === 2) throw new Error('killed')
          return await next.keys.reseal(...args)
        },
        endRotation: async () => undefined,
      },
    }
    await expect(rotateKeys(dying)).rejects.toThrow('killed')
    expect((await retired()).retired).toBe(350)
    expect(await rotateKeys(next)).toMatchObject({ busyElsewhere: true, resealed: 0 })
    jobs.clock.ms += 61_000
    expect(await rotateKeys(next)).toMatchObject({ resealed: 350, busyElsewhere: false })
    expect(await retired()).toEqual({ retired: 0, brokenCount: 0, labelled: 0 })
  }, 60_000)
}

function damage(): void {
  it('The key check finds and names a changed byte and a value of another row', async () => {
    const [one, two, three] = [
      await jobs.addRow('discord', alive()),
      await jobs.addRow('discord', alive()),
      await jobs.addRow('discord', alive()),
    ]
    await rig.sql(
      `update integrations i set config = jsonb_set(i.config, '{access_token}', o.config -> 'access_token')
      from integrations o where i.id = $1 and o.id = $2`,
      [one, two],
    )
    await rig.sql(
      `update integrations set config = jsonb_set(
        config, '{access_token}', to_jsonb(translate(config ->> 'access_token', 'abcdefghij', 'jabcdefghi')))
      where id = $1`,
      [three],
    )
    const { broken } = await verifyKeys(next)
    expect(broken.map(({ id }) => id).sort()).toEqual([one, three].sort())
    expect(await rotateKeys(next)).toMatchObject({ resealed: 1, unopened: 2 })
  })

  it('A journal that was written under the old key still says that its token is under way', async () => {
    const id = await jobs.addRow('discord')
    const context = { organizationId: jobs.userId, integrationId: id }
    const { refresh_token: token } = await jobs.open(id)
    await rig.sql('update credential_state set refresh_state = $2::jsonb where integration_id = $1', [
      id,
      JSON.stringify({
        status: 'in_flight',
        fingerprint: jobs.deps.vault.fingerprint(String(token), context),
        at: new Date().toISOString(),
      }),
    ])
    await rotateKeys(next)
    const outcome = await refreshIntegration(next, { organizationId: jobs.userId, id })
    expect([outcome.outcome, jobs.tokenRequests()]).toEqual(['failed', 0])
    expect((await jobs.row(id)).status_reason).toBe('lost_rotation')
  })
}

function knowledge(): void {
  it('The key status says what is where, which key is missing, and when a key is old', async () => {
    await fillEverything()
    await noteEncryptions(jobs.deps)
    expect((await readKeyStatus(jobs.deps)).warnings).toEqual([])
    expect((await readKeyStatus(next)).rows.every(({ state }) => state === 'retired')).toBe(true)
    expect((await readKeyStatus(after)).warnings).toEqual([expect.stringContaining(jobs.deps.vault.keyId)])
    await rig.sql('update encryption_keys set first_used_at = now() - interval \'92 days\', encryptions = 2000000000')
    expect((await readKeyStatus(jobs.deps)).warnings).toEqual([
      expect.stringContaining('in use for 9'),
      expect.stringContaining('2000000000 times'),
    ])
  })

  it('Every server counts what it seals', async () => {
    await noteEncryptions(jobs.deps)
    const before = (await jobs.deps.keys.list())[0]!.encryptions
    jobs.deps.vault.seal(
      { access_token: 'a', refresh_token: 'b', region: 'c' },
      { organizationId: jobs.userId, integrationId: randomUUID() },
    )
    await noteEncryptions(jobs.deps)
    expect((await jobs.deps.keys.list())[0]!.encryptions).toBe(before + 2)
  })

  it('Members can neither call nor read anything of the keys', async () => {
    const member = await signUp(rig)
    const headers = {
      'apikey': rig.keys.publishable,
      'authorization': `Bearer ${member.token}`,
      'content-type': 'application/json',
    }
    for (const name of [
      'sealed_rows',
      'reseal',
      'count_sealed_rows',
      'lease_rotation',
      'metrics_snapshot',
      'note_encryptions',
      'guarded_columns',
    ]) {
      expect(
        (await rig.fetch(`/rest/v1/rpc/${name}`, { method: 'POST', headers, body: '{}' })).status,
      ).toBeGreaterThanOrEqual(400)
    }
    for (const table of ['encryption_keys', 'key_rotations'])
      expect((await rig.fetch(`/rest/v1/${table}`, { headers })).status).toBeGreaterThanOrEqual(400)
  })
}

onBothDatabases('keys', (start) => {
  useJobRig(start, TABLES, (rigs) => {
    ;({ rig, jobs } = rigs)
  })
  beforeEach(() => {
    const fresh = randomBytes(32).toString('base64')
    next = jobs.replica({ encryptionKey: fresh, retiredKeys: jobs.encryptionKey })
    after = jobs.replica({ encryptionKey: fresh })
  })
  describe('a rotation', rotation)
  describe('a rotation beside other work', races)
  describe('what a rotation meets', damage)
  describe('what is known of the keys', knowledge)
})
