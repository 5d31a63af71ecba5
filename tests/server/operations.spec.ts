import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../rigs/lib.mjs'
import { callJob, CRON_SECRET, startApp, type RunningApp } from '../../rigs/app.ts'
import { runScript } from '../../rigs/process.ts'
import { Person } from '../../rigs/person.ts'
import { querySql } from '../../rigs/sql.ts'

const METRICS_TOKEN = 'a-metrics-token-of-the-tests'
let app: RunningApp
let person: Person
let id: string
beforeAll(async () => {
  app = await startApp({ env: { METRICS_TOKEN, CRON_SECRET } })
  person = await Person.signedUp(app.url)
  ;({ id } = await person.connectSandbox())
})
afterAll(async () => {
  await app.stop()
})
const command = (script: string, ...args: string[]) =>
  runScript(script, args, { APP_URL: app.url, COFFER_DATA_DIR: app.dataDir })

describe('metrics', () => {
  const read = async (token?: string) => {
    const response = await fetch(
      `${app.url}/api/metrics`,
      token ? { headers: { authorization: `Bearer ${token}` } } : {},
    )
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
  }

  it('The metrics require their token', async () => {
    expect((await read()).status).toBe(401)
    expect((await read('wrong')).status).toBe(401)
    expect(await read(METRICS_TOKEN)).toMatchObject({
      status: 200,
      type: expect.stringContaining('text/plain; version=0.0.4') as string,
    })
  })

  it('The metrics count refreshes, openings, jobs, requests and keys, and name nobody', async () => {
    await person.json(`/api/integrations/${id}/refresh`, { method: 'POST' })
    await person.json(`/api/integrations/${id}/check`, { method: 'POST' })
    await person.json(`/api/integrations/${id}/poll`, { method: 'POST' })
    await callJob(app, 'maintenance')
    for (const path of [
      '/api/a-path-of-a-stranger',
      '/a-page-of-a-stranger',
      '/api/integrations/a-path-of-a-stranger/x',
    ])
      await fetch(`${app.url}${path}`)
    const { text } = await read(METRICS_TOKEN)
    expect(text).not.toContain('stranger')
    expect(text).toMatch(/coffer_job_runs_total\{job="maintenance",outcome="success"\} 1/)
    expect(text).toMatch(/coffer_refreshes_total\{provider="sandbox",outcome="refreshed"\} 1/)
    for (const purpose of ['refresh', 'check', 'poll'])
      expect(text).toMatch(new RegExp(`coffer_credentials_opened_total\\{purpose="${purpose}"\\} [1-9]`))
    expect(text).toMatch(/coffer_integrations\{provider="sandbox",status="active"\} 1/)
    expect(text).toMatch(/coffer_sealed_rows\{table="integrations",key_id="[0-9a-f]{16}",current="true"\} 1/)
    expect(text).toMatch(/coffer_encryption_key_age_seconds\{key_id="[0-9a-f]{16}",current="true"\} \d+/)
    expect(text).toMatch(
      /coffer_http_request_duration_seconds_count\{method="POST",route="\/api\/integrations\/:id\/poll",status="200"\} 1/,
    )
    expect(text).toContain('coffer_database_up 1')
    expect(text).not.toContain(id)
  })

  it('Every metric in the alert rules exists, and every alert has a runbook', async () => {
    const rules = await readFile(join(root, 'ops/alerts.yml'), 'utf8')
    const guide = await readFile(join(root, 'docs/operations.md'), 'utf8')
    const { text } = await read(METRICS_TOKEN)
    const names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(match => match[1]!))
    const asked = [...rules.matchAll(/coffer_[a-z_]+/g)].map(match => match[0].replace(/_(count|sum|bucket)$/, ''))
    expect(asked.length).toBeGreaterThan(10)
    expect(asked.filter(name => !names.has(name))).toEqual([])
    for (const [, name] of rules.matchAll(/- alert: (\w+)/g)) expect(guide).toContain(`### ${name}\n`)
  })
})

describe('the audit log over HTTP', () => {
  it('The audit log records who opened credentials, for what and from which address', async () => {
    await person.json(`/api/integrations/${id}/check`, { method: 'POST' })
    const { body } = await person.json<{
      entries: {
        action: string
        actor: { is_you: boolean }
        address: string
        request_id: string
        details: { purpose: string, service: string }
      }[]
    }>('/api/audit?action=credential.open')
    expect(body.entries.find(({ details }) => details.purpose === 'check')).toMatchObject({
      actor: { is_you: true },
      address: expect.stringMatching(/127\.0\.0\.1|::1/) as string,
      details: { service: 'server' },
    })
  })

  it('The audit log records sign-ins and failed sign-ins', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const someone = new Person(app.url)
    await someone.signUp(email)
    expect((await someone.json('/api/session', { json: { email, password: 'wrong password' } })).status).toBe(401)
    expect(
      (await someone.json('/api/session', { json: { email: 'nobody@example.com', password: 'wrong password' } }))
        .status,
    ).toBe(401)
    expect((await someone.json('/api/session', { json: { email, password: 'correct horse battery' } })).status).toBe(
      200,
    )
    const { body } = await someone.json<{ entries: { action: string, outcome: string }[] }>('/api/audit?action=session')
    expect(body.entries.map(({ outcome }) => outcome)).toEqual(['success', 'denied'])
  })

  it('The audit log is exported as CSV, and the export is recorded in it', async () => {
    const csv = await person.request('/api/audit/export?format=csv')
    expect([csv.status, csv.headers.get('content-type'), csv.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'attachment; filename="coffer-audit.csv"',
    ])
    expect((await csv.text()).split('\r\n').length).toBeGreaterThan(5)
    const { body } = await person.json<{ entries: { details: { format: string } }[] }>('/api/audit?action=audit.export')
    expect(body.entries[0]!.details.format).toBe('csv')
    expect((await person.json('/api/audit?from=yesterday')).status).toBe(422)
    expect((await person.json('/api/audit?action=\'; drop')).status).toBe(422)
  })

  it('The audit command verifies a checkpoint and names a row that was changed', async () => {
    const checkpoint = await command('scripts/audit.ts', 'checkpoint')
    expect(checkpoint.code).toBe(0)
    const file = join(app.dataDir, 'checkpoint.json')
    await writeFile(file, checkpoint.stdout)
    expect(await command('scripts/audit.ts', 'verify', '--checkpoint', file)).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /\d+ rows of \d+ organizations are as they were written, and contain what the checkpoint says/,
      ) as string,
    })
    const [{ id: row }] = (await querySql(
      app.sqlPort,
      'select min(id)::int as id from audit_log where action = \'integration.connect\'',
    )) as [{ id: number }]
    await querySql(app.sqlPort, 'alter table audit_log disable trigger user')
    await querySql(app.sqlPort, `update audit_log set details = '{"name": "other"}' where id = ${row}`)
    const found = await command('scripts/audit.ts', 'verify')
    expect(found.code).toBe(1)
    expect(found.output).toMatch(
      new RegExp(`1 thing is wrong with the audit log:[\\s\\S]*row ${row} \\(at \\d+\\) is not what was written`),
    )
    expect((await command('scripts/audit.ts', 'sing')).code).toBe(2)
  })

  it('The keys command works next to a server on the embedded default', async () => {
    expect(await command('scripts/keys.ts', 'status')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/integrations\s+[0-9a-f]{16}\s+current\s+1 row/) as string,
    })
    expect(await command('scripts/keys.ts', 'verify')).toMatchObject({
      code: 0,
      output: expect.stringContaining('0 rows under a retired key') as string,
    })
  })

  it('An encryption key that is 100 days old causes a warning in the interface', async () => {
    expect((await person.json<{ warnings: string[] }>('/api/settings/keys')).body.warnings).toEqual([])
    await querySql(app.sqlPort, 'update encryption_keys set first_used_at = now() - interval \'100 days\'')
    expect((await person.json<{ warnings: string[] }>('/api/settings/keys')).body.warnings).toEqual([
      expect.stringContaining('in use for 100 days'),
    ])
  })
})

describe('limits', () => {
  it('Requests are limited per address, per user and per platform action, and 429 says when to try again', async () => {
    const small = await startApp({ env: { COFFER_RATE_LIMIT: '300' } })
    try {
      // What pages ask while they are rendered is nobody's: it does not use up anyone's limit.
      for (let visit = 0; visit < 310; visit++) await (await fetch(`${small.url}/sign-in`)).text()
      expect(small.output()).not.toContain('"status":429')
      const one = new Person(small.url)
      const email = `${crypto.randomUUID()}@example.com`
      await one.signUp(email)
      const { id: own } = await one.connectSandbox()
      // Thirty a minute of what asks a platform.
      const asked = await Promise.all(
        Array.from({ length: 31 }, () =>
          one.json<{ error: string }>(`/api/integrations/${own}/scan`, { method: 'POST' }),
        ),
      )
      expect(asked.filter(({ status }) => status === 202)).toHaveLength(30)
      const refused = asked.find(({ status }) => status === 429)!
      expect([refused.body.error, Number(refused.response.headers.get('retry-after'))]).toEqual([
        'rate_limited',
        expect.toSatisfy(seconds => Number(seconds) > 0 && Number(seconds) <= 60),
      ])
      // Three a minute to sign in.
      const attempts = await Promise.all(
        Array.from({ length: 5 }, () =>
          new Person(small.url).json('/api/session', { json: { email, password: 'wrong password' } }),
        ),
      )
      expect(attempts.map(({ status }) => status).sort()).toEqual([401, 401, 401, 429, 429])
      // A hundred and fifty a minute for a user.
      const reads = await Promise.all(Array.from({ length: 150 }, () => one.json('/api/integrations')))
      expect(reads.some(({ status }) => status === 429)).toBe(true)
      // And three hundred from an address.
      const pings = await Promise.all(Array.from({ length: 300 }, () => fetch(`${small.url}/api/health`)))
      expect(pings.some(({ status }) => status === 429)).toBe(true)
      expect(pings.find(({ status }) => status === 429)!.headers.get('retry-after')).toMatch(/^\d+$/)
    } finally {
      await small.stop()
    }
  })
})
