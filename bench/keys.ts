// node bench/keys.ts measures the rotation of 100,000 and 1,000,000 rows, how it slows other work down, what the audit
// chain costs writers, and how fast the chain is verified. It uses PostgreSQL 18 and PostgREST on this machine (fsync
// off).
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import pg from 'pg'
import { rotateKeys } from '../server/usecases/keys/rotate-keys.ts'
import { verifyAudit } from '../server/usecases/audit/verify-audit.ts'
import { verifyKeys } from '../server/usecases/keys/verify-keys.ts'
import { encryptConfig } from '../server/utils/encryption.ts'
import { createKeyring } from '../server/utils/keyring.ts'
import { addIntegrations } from '../rigs/integration-rows.ts'
import { startPostgresRig } from '../rigs/postgres-rig.ts'
import { signUp } from '../rigs/rest-user.ts'
import { accessTo, wiredDeps } from '../rigs/wired-deps.ts'

const [FORMER, FRESH] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
const former = createKeyring({ ENCRYPTION_KEY: FORMER })
const rig = await startPostgresRig()
const user = await signUp(rig)
const access = accessTo(rig.restUrl, rig.keys.legacyService)
const deps = wiredDeps({
  access,
  encryptionKey: FRESH,
  retiredKeys: FORMER,
  originMap: {},
})
const round = (value: number, digits = 2) => Math.round(value * 10 ** digits) / 10 ** digits

async function fill(count: number): Promise<void> {
  await rig.sql('truncate public.integrations cascade')
  for (let done = 0; done < count; done += 5000) {
    const values = Array.from({ length: Math.min(5000, count - done) }, () => {
      const id = randomUUID()
      return {
        id,
        config: encryptConfig(
          { access_token: id.repeat(6), refresh_token: id, token_type: 'bearer' },
          { organizationId: user.id, integrationId: id },
          former,
        ),
      }
    })
    await addIntegrations(
      rig.sql,
      { organizationId: user.id, keyId: former.current.id },
      values.map(value => ({ ...value, type: 'discord' })),
    )
  }
  await rig.sql('vacuum analyze public.integrations')
  await rig.sql('vacuum analyze public.credential_state')
}

/** Times what a person and a job wait for: a page of the list, and the writes of a refresh. */
async function feel(): Promise<{ listMs: number, refreshMs: number }> {
  const list = performance.now()
  await (
    await fetch(`${rig.restUrl}/rpc/list_integrations`, {
      method: 'POST',
      headers: { 'authorization': `Bearer ${user.token}`, 'content-type': 'application/json' },
      body: '{"p_limit":50}',
    })
  ).text()
  const refresh = performance.now()
  const row = (await deps.credentials.read(user.id, spare))!
  const lease = await deps.credentials.lease(row)
  await lease?.renew({ status: 'in_flight', fingerprint: 'bench', at: new Date().toISOString() })
  await deps.credentials.release(lease ? [lease] : [])
  return { listMs: refresh - list, refreshMs: performance.now() - refresh }
}
let spare = ''

async function feelings(until: () => boolean): Promise<Record<string, number>> {
  const seen: { listMs: number, refreshMs: number }[] = []
  do seen.push(await feel())
  while (!until())
  const quantile = (pick: 'listMs' | 'refreshMs', q: number) =>
    round(seen.map(one => one[pick]).sort((a, b) => a - b)[Math.floor(seen.length * q)]!)
  return {
    samples: seen.length,
    listMedianMs: quantile('listMs', 0.5),
    listP95Ms: quantile('listMs', 0.95),
    refreshMedianMs: quantile('refreshMs', 0.5),
    refreshP95Ms: quantile('refreshMs', 0.95),
  }
}

const rotations = []
for (const [rows, perSecond] of [
  [100_000, Infinity],
  [100_000, 1000],
  [1_000_000, Infinity],
] as const) {
  if (!(rows === 100_000 && perSecond === 1000)) await fill(rows)
  else await fill(20_000)
  const count = rows === 100_000 && perSecond === 1000 ? 20_000 : rows
  spare = String((await rig.sql('select id from integrations limit 1'))[0]!.id)
  let samples = 0
  const before = await feelings(() => ++samples > 200)
  let over = false
  const start = performance.now()
  const [run, during] = await Promise.all([
    rotateKeys(deps, { perSecond }).finally(() => (over = true)),
    feelings(() => over),
  ])
  const seconds = (performance.now() - start) / 1000
  const proofStart = performance.now()
  const proof = await verifyKeys(deps)
  const result = {
    rows: count,
    perSecondLimit: perSecond === Infinity ? null : perSecond,
    resealed: run.resealed,
    seconds: round(seconds),
    rowsPerSecond: round(run.resealed / seconds, 0),
    verifyRowsPerSecond: round(count / ((performance.now() - proofStart) / 1000), 0),
    underRetiredKey: proof.byKey.get(former.current.id) ?? 0,
    before,
    during,
    listMedianRatio: round(during.listMedianMs! / before.listMedianMs!),
    refreshMedianRatio: round(during.refreshMedianMs! / before.refreshMedianMs!),
  }
  console.log(result)
  rotations.push(result)
}

await rig.sql('truncate public.integrations cascade')
const pool = new pg.Pool({ connectionString: rig.connectionString, max: 16 })
async function audit(writers: number, each: number): Promise<number> {
  const start = performance.now()
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let n = 0; n < each; n++)
        await pool.query(
          `insert into audit_log (organization_id, actor_kind, action, outcome, details)
           values ($1, 'service', 'integration.check', 'success', '{"check": "ok"}')`,
          [user.id],
        )
    }),
  )
  return round((writers * each) / ((performance.now() - start) / 1000), 0)
}
await audit(16, 50)
const writes = []
for (const writers of [1, 16]) {
  const each = writers === 1 ? 5000 : 1500
  const chained = await audit(writers, each)
  await rig.sql('alter table audit_log disable trigger chain_audit_row')
  const plain = await audit(writers, each)
  await rig.sql('alter table audit_log enable trigger chain_audit_row')
  await rig.sql('alter table audit_log disable trigger refuse_audit_change')
  await rig.sql('delete from audit_log l where not exists (select from private.audit_chain c where c.audit_id = l.id)')
  await rig.sql('alter table audit_log enable trigger refuse_audit_change')
  const result = {
    writers,
    rowsPerSecondChained: chained,
    rowsPerSecondUnchained: plain,
    microsecondsMoreAWrite: round((1 / chained - 1 / plain) * 1e6 * (writers === 1 ? 1 : writers), 0),
    ratio: round(chained / plain),
  }
  console.log(result)
  writes.push(result)
}
for (let n = 0; n < 10; n++) {
  await rig.sql(
    `insert into audit_log (organization_id, actor_kind, action, outcome)
     select $1, 'service', 'integration.check', 'success' from generate_series(1, 10000)`,
    [user.id],
  )
}
const verifyStart = performance.now()
const verified = await verifyAudit(deps)
const verify = {
  rows: verified.rows,
  faults: verified.faults.length,
  rowsPerSecond: round(verified.rows / ((performance.now() - verifyStart) / 1000), 0),
}
console.log(verify)
const result = {
  command: 'npm run bench:keys',
  at: new Date().toISOString(),
  node: process.version,
  cores: availableParallelism(),
  database: 'PostgreSQL 18 (fsync off) and PostgREST 12 on the same machine',
  rotations,
  auditWrites: writes,
  auditVerify: verify,
}
await writeFile(new URL('keys.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
await pool.end()
await rig.stop()
process.exit(0)
