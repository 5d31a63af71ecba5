import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decryptConfig, encryptConfig } from '../../server/utils/encryption.ts'
import { createKeyring } from '../../server/utils/keyring.ts'
import { hasPostgres15, startCronDatabase, type CronDatabase } from '../../rigs/debian-postgres.ts'
import { addIntegrations } from '../../rigs/integration-rows.ts'

const keyring = createKeyring({ ENCRYPTION_KEY: randomBytes(32).toString('base64') })
const user = randomUUID()
let database: CronDatabase

describe.skipIf(!hasPostgres15)('backup and restore, with pg_dump and pg_restore', () => {
  const ids = Array.from({ length: 50 }, () => randomUUID())
  let restored: Awaited<ReturnType<CronDatabase['backUpAndRestore']>>
  beforeAll(async () => {
    database = await startCronDatabase({ cron: false, http: false })
    await database.migrate()
    await database.sql('insert into auth.users (id, email) values ($1, \'ann@example.com\')', [user])
    for (const id of ids) {
      const config = encryptConfig(
        { access_token: `token of ${id}`, token_type: 'bearer' },
        { organizationId: user, integrationId: id },
        keyring,
      )
      await addIntegrations(database.sql, { organizationId: user, keyId: keyring.current.id }, [
        { id, type: 'discord', config },
      ])
    }
    restored = await database.backUpAndRestore(['public', 'private', 'auth'])
  })
  afterAll(async () => {
    await database.stop()
  })

  it('With the key, all credentials of a restored database open', async () => {
    const rows = (await restored.sql('select id, config from integrations')) as {
      id: string
      config: Record<string, unknown>
    }[]
    expect(rows).toHaveLength(50)
    for (const { id, config } of rows)
      expect(decryptConfig(config, { organizationId: user, integrationId: id }, keyring).access_token).toBe(
        `token of ${id}`,
      )
  })

  it('Without the key, no credentials of a restored database open, and the dump contains no token', async () => {
    const another = createKeyring({ ENCRYPTION_KEY: randomBytes(32).toString('base64') })
    for (const { id, config } of (await restored.sql('select id, config from integrations')) as {
      id: string
      config: Record<string, unknown>
    }[]) {
      const context = { organizationId: user, integrationId: id }
      expect(() => decryptConfig(config, context, another)).toThrow('cannot be decrypted')
    }
    expect((await readFile(restored.dump)).includes('token of ')).toBe(false)
  })

  it('The audit chain of a restored database is complete and continues', async () => {
    const verify = async () => (await restored.sql('select verify_audit($1, 0, 1000) as result', [user]))[0]!.result
    const before = (await verify()) as { checked: number }
    expect(before).toMatchObject({ checked: expect.toSatisfy(count => Number(count) > 50) as number, problems: [] })
    await restored.sql(
      `insert into audit_log (organization_id, actor_kind, action, outcome)
       values ($1, 'service', 'integration.check', 'success')`,
      [user],
    )
    expect(await verify()).toMatchObject({ checked: before.checked + 1, problems: [] })
  })

  it('A restored database still refuses plaintext and lets no member read config', async () => {
    await expect(restored.sql('update integrations set config = \'{"access_token": "plain"}\'')).rejects.toThrow(
      'integrations_config_sealed',
    )
    expect(
      await restored.sql(
        'select has_column_privilege(\'authenticated\', \'public.integrations\', \'config\', \'select\') as may',
      ),
    ).toEqual([{ may: false }])
  })
})
