import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareCheckpoint, makeCheckpoint, verifyAudit } from '../../server/usecases/audit/verify-audit.ts'
import { exportAudit, searchAudit } from '../../server/usecases/audit/search-audit.ts'
import { useCredential } from '../../server/usecases/credentials/use-credential.ts'
import { pollDue } from '../../server/usecases/polling/poll-due.ts'
import { runMaintenance } from '../../server/usecases/run-maintenance.ts'
import { createCallerStore } from '../../server/stores/caller-store.ts'
import { callerClient } from '../../server/stores/supabase-client.ts'
import type { JobRig } from '../../rigs/job-rig.ts'
import { onBothDatabases, useJobRig } from '../../rigs/on-both-databases.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'
import { signUp } from '../../rigs/rest-user.ts'

const DAY = 86_400_000

let rig: SupabaseRig
let jobs: JobRig

const write = async (count: number, organizationId = jobs.userId) => {
  for (let n = 0; n < count; n++) {
    await jobs.deps.audit.append({
      organizationId,
      by: null,
      action: 'integration.check',
      outcome: 'success',
      integrationId: randomUUID(),
      integrationType: 'discord',
      details: { n },
    })
  }
}
/** Changes the audit log as the owner of the database can. */
const tamper = async (sql: string, parameters: unknown[] = []) => {
  await rig.sql('alter table audit_log disable trigger user')
  await rig.sql(sql, parameters)
  await rig.sql('alter table audit_log enable trigger user')
}
const rows = async () =>
  (await rig.sql(
    'select seq::int, audit_id::int as id from private.audit_chain where organization_id = $1 order by seq',
    [jobs.userId],
  )) as { seq: number, id: number }[]
const faults = async () => (await verifyAudit(jobs.deps)).faults.map(({ kind, seq, auditId }) => [kind, seq, auditId])

const member = async () => {
  const user = await signUp(rig)
  await write(30, user.id)
  await jobs.deps.audit.append({
    organizationId: user.id,
    by: { userId: user.id, request: { id: 'request-1', address: '=cmd()' } },
    action: 'integration.delete',
    outcome: 'denied',
    integrationId: null,
    integrationType: null,
    details: { name: 'with "quotes", and\nlines' },
  })
  const access = {
    url: rig.url,
    anonKey: rig.keys.publishable,
    serviceRoleKey: rig.keys.secret,
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      rig.fetch(input instanceof Request ? input.url : String(input), init),
  }
  return { userId: user.id, store: createCallerStore(callerClient(access, user.token), user.id, jobs.deps) }
}

function tampering(): void {
  it('The audit log is a chain that can be verified', async () => {
    expect(await verifyAudit(jobs.deps)).toMatchObject({ faults: [] })
    expect((await rows()).map(({ seq }) => seq)).toEqual(Array.from({ length: (await rows()).length }, (_, n) => n + 1))
  })

  it('A changed row of the audit log is found and named', async () => {
    const { seq, id } = (await rows())[7]!
    await tamper('update audit_log set details = \'{"n": 99}\' where id = $1', [id])
    expect(await faults()).toEqual([['changed', seq, id]])
  })

  it.each(['at', 'actor_id', 'outcome', 'action', 'address', 'integration_id', 'organization_id'])(
    'A changed %s in the audit log is found',
    async (column) => {
      const { seq, id } = (await rows())[3]!
      const value = {
        at: 'at + interval \'1 microsecond\'',
        actor_id: 'gen_random_uuid()',
        outcome: '\'denied\'',
        action: '\'integration.delete\'',
        address: '\'elsewhere\'',
        integration_id: 'gen_random_uuid()',
        organization_id: 'gen_random_uuid()',
      }[column]!
      await tamper(`update audit_log set ${column} = ${value} where id = $1`, [id])
      expect(await faults()).toContainEqual(['changed', seq, id])
    },
  )

  it('A row removed from the audit log is found and named, also when its link is removed too', async () => {
    const [first, second] = [(await rows())[4]!, (await rows())[9]!]
    await tamper('delete from audit_log where id = $1', [first.id])
    expect(await faults()).toEqual([['removed', first.seq, first.id]])
    await tamper('delete from audit_log where id = $1', [second.id])
    await rig.sql('delete from private.audit_chain where audit_id = $1', [second.id])
    expect(await faults()).toEqual([
      ['removed', first.seq, first.id],
      ['moved', second.seq + 1, (await rows()).find(({ seq }) => seq === second.seq + 1)!.id],
    ])
  })

  it('A row inserted into the audit log without a link is found and named', async () => {
    await tamper(
      `insert into audit_log (organization_id, actor_kind, action, outcome)
      values ($1, 'service', 'integration.check', 'success')`,
      [jobs.userId],
    )
    const [{ id }] = (await rig.sql('select max(id)::int as id from audit_log')) as [{ id: number }]
    expect(await faults()).toEqual([['inserted', null, id]])
  })

  it('Audit rows in another order are found', async () => {
    const [a, b] = [(await rows())[5]!, (await rows())[6]!]
    await rig.sql('update private.audit_chain set audit_id = case audit_id when $1 then -1 else audit_id end', [a.id])
    await rig.sql('update private.audit_chain set audit_id = $1 where audit_id = $2', [a.id, b.id])
    await rig.sql('update private.audit_chain set audit_id = $1 where audit_id = -1', [b.id])
    expect((await faults()).map(([kind, seq]) => [kind, seq])).toEqual([
      ['changed', a.seq],
      ['changed', b.seq],
    ])
  })

  it('An audit chain that was cut at its end is found', async () => {
    const last = (await rows()).at(-1)!
    await tamper('delete from audit_log where id = $1', [last.id])
    await rig.sql('delete from private.audit_chain where audit_id = $1', [last.id])
    expect(await faults()).toEqual([['cut', last.seq - 1, null]])
  })
}

function checkpoints(): void {
  it('A chain that was rewritten from end to end is consistent but contradicts a checkpoint', async () => {
    const checkpoint = await makeCheckpoint(jobs.deps)
    await write(3)
    expect(await compareCheckpoint(jobs.deps, checkpoint)).toEqual({ signature: 'right', faults: [] })
    const { id } = (await rows())[7]!
    await tamper('update audit_log set details = \'{"n": 99}\' where id = $1', [id])
    await rig.sql(`do $$ declare r record; previous bytea := ''; h bytea; begin
      for r in
        select c.seq, l as row from private.audit_chain c join public.audit_log l on l.id = c.audit_id
        where c.organization_id = '${jobs.userId}' order by c.seq
      loop
        h := private.audit_hash(r.row, r.seq, previous);
        update private.audit_chain set previous_hash = previous, hash = h
        where organization_id = '${jobs.userId}' and seq = r.seq;
        previous := h;
      end loop;
      update private.audit_heads set last_hash = previous where organization_id = '${jobs.userId}';
    end $$`)
    expect(await faults()).toEqual([])
    expect((await compareCheckpoint(jobs.deps, checkpoint)).faults).toEqual([
      expect.objectContaining({ kind: 'rewritten', organizationId: jobs.userId }),
    ])
    // A checkpoint that was changed to fit no longer has a valid signature.
    const fitted = { ...checkpoint, heads: (await makeCheckpoint(jobs.deps)).heads }
    expect((await compareCheckpoint(jobs.deps, fitted)).signature).toBe('wrong')
    expect((await compareCheckpoint(jobs.deps, { ...checkpoint, key_id: '0000000000000000' })).signature).toBe(
      'unknown_key',
    )
  })
}

function lifetime(): void {
  it('Old audit rows are removed from the beginning, and the rest can be verified and says so', async () => {
    await tamper('update audit_log set at = now() - interval \'400 days\' where false')
    const before = await rows()
    jobs.clock.ms += 1000 * DAY
    const deps = { ...jobs.deps, auditDays: 365 }
    const { auditRowsDeleted } = await runMaintenance(deps, 0)
    expect(auditRowsDeleted).toBe(before.length - 1)
    expect(await verifyAudit(jobs.deps)).toMatchObject({ faults: [] })
    expect(
      await rig.sql(
        `select action, details ->> 'rows' as rows from audit_log
        where organization_id = $1 order by id desc limit 1`,
        [jobs.userId],
      ),
    ).toEqual([{ action: 'audit.prune', rows: String(before.length - 1) }])
    await write(3)
    expect(await faults()).toEqual([])
    const { seq, id } = (await rows())[0]!
    await tamper('update audit_log set outcome = \'denied\' where id = $1', [id])
    expect(await faults()).toEqual([['changed', seq, id]])
  })

  it('Nobody can change or delete audit rows, neither a member nor the service', async () => {
    for (const sql of ['update audit_log set outcome = \'denied\'', 'delete from audit_log', 'truncate audit_log'])
      await expect(rig.sql(sql)).rejects.toThrow('append-only')
    const member = await signUp(rig)
    for (const key of [
      { apikey: rig.keys.secret, authorization: `Bearer ${rig.keys.legacyService}` },
      { apikey: rig.keys.publishable, authorization: `Bearer ${member.token}` },
    ]) {
      for (const method of ['PATCH', 'DELETE']) {
        const response = await rig.fetch('/rest/v1/audit_log?id=gt.0', {
          method,
          headers: { ...key, 'content-type': 'application/json' } as Record<string, string>,
          ...(method === 'PATCH' ? { body: '{"outcome":"denied"}' } : {}),
        })
        expect(response.status).toBeGreaterThanOrEqual(400)
      }
    }
    const asMember = {
      'apikey': rig.keys.publishable,
      'authorization': `Bearer ${member.token}`,
      'content-type': 'application/json',
    }
    for (const name of ['prune_audit', 'verify_audit', 'audit_heads', 'audit_hash_at', 'audit_sign_in']) {
      expect(
        (await rig.fetch(`/rest/v1/rpc/${name}`, { method: 'POST', headers: asMember, body: '{}' })).status,
      ).toBeGreaterThanOrEqual(400)
    }
  })

  it('A thousand audit rows written at once form one chain per organization', async () => {
    const others = [(await signUp(rig)).id, (await signUp(rig)).id]
    await Promise.all(Array.from({ length: 1000 }, (_, n) => write(1, [jobs.userId, ...others][n % 3])))
    expect(await verifyAudit(jobs.deps)).toMatchObject({ faults: [] })
    const chains = await rig.sql(
      'select organization_id, count(*)::int as n, max(seq)::int as last from private.audit_chain group by 1',
    )
    for (const { n, last } of chains) expect(n).toBe(last)
    expect(chains.reduce((sum, { n }) => sum + Number(n), 0)).toBeGreaterThanOrEqual(1000)
  })
}

function members(): void {
  it('Members read only their own audit log, with filters, in pages without gaps or repeats', async () => {
    const caller = await member()
    const seen: number[] = []
    for (let cursor: string | undefined; ;) {
      const page = await searchAudit(caller, { limit: 7, cursor })
      seen.push(...page.entries.map(({ id }) => id))
      if (!page.next_cursor) break
      cursor = page.next_cursor
    }
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a))
    expect(seen.length).toBe(
      Number(
        (await rig.sql('select count(*) as n from audit_log where organization_id = $1', [caller.userId]))[0]!.n,
      ),
    )
    expect((await searchAudit(caller, { limit: 50, outcome: 'denied' })).entries).toEqual([
      expect.objectContaining({
        action: 'integration.delete',
        actor: { kind: 'user', id: caller.userId, is_you: true },
      }),
    ])
    expect((await searchAudit(caller, { limit: 50, action: 'integration' })).entries).toHaveLength(31)
    expect((await searchAudit(caller, { limit: 50, action: 'integration.delete' })).entries).toHaveLength(1)
    expect((await searchAudit(caller, { limit: 50, to: '2020-01-01T00:00:00Z' })).entries).toEqual([])
    expect((await searchAudit(caller, { limit: 50, organization_id: jobs.userId })).entries).toEqual([])
  })

  it('Members export the audit log as CSV that no spreadsheet runs, and as JSON Lines', async () => {
    const caller = await member()
    const text = async (format: 'csv' | 'jsonl') => {
      let whole = ''
      for await (const piece of exportAudit(caller, { format, action: 'integration' })) whole += piece
      return whole
    }
    const csv = await text('csv')
    expect(csv.split('\r\n')[0]).toContain('id,at,organization_id,action')
    expect(csv).toContain('\'=cmd()')
    expect(csv).toContain('"{""name"":""with \\""quotes\\"", and\\nlines""}"')
    const lines = (await text('jsonl'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { id: number })
    expect(lines).toHaveLength(31)
  })
}

function openings(): void {
  it('Who opened a credential, and for what, is recorded before the credential is used', async () => {
    jobs.apis.set('discord', () => ({ json: [] }))
    const id = await jobs.addRow('discord')
    await pollDue(jobs.deps, 60_000)
    expect(
      await rig.sql(
        `select details ->> 'purpose' as purpose from audit_log
        where integration_id = $1 and action = 'credential.open' order by id`,
        [id],
      ),
    ).toEqual([{ purpose: 'refresh' }, { purpose: 'poll' }])
    // Without a record, nothing is opened.
    jobs.standIns.seen.length = 0
    const mute = {
      ...jobs.deps,
      audit: { ...jobs.deps.audit, append: async () => Promise.reject(new Error('the disk is full')) },
    }
    let used = false
    await expect(
      useCredential(mute, { organizationId: jobs.userId, id }, { purpose: 'check' }, async () => {
        used = true
      }),
    ).rejects.toThrow('the disk is full')
    expect(used).toBe(false)
  })
}

onBothDatabases('the audit log', (start) => {
  useJobRig(start, [], (rigs) => {
    ;({ rig, jobs } = rigs)
  })
  beforeEach(() => write(20))
  afterEach(async () => {
    await tamper('delete from audit_log')
    await rig.sql('truncate private.audit_chain, private.audit_heads')
  })
  describe('tampering', tampering)
  describe('checkpoints', checkpoints)
  describe('its growth and its end', lifetime)
  describe('as its members read it', members)
  describe('the use of credentials', openings)
})
