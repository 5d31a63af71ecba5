import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AutoSyncOutcome, AutoSyncSettings } from '../../shared/contracts/auto-sync.ts'
import { userKey } from '../../server/utils/user-key.ts'
import { freePort, startApp, until, type RunningApp } from '../../rigs/app.ts'
import { hasDovecot, startDovecot, type MailServer } from '../../rigs/dovecot.ts'
import { Person } from '../../rigs/person.ts'
import { querySql } from '../../rigs/sql.ts'

const CRON_API_KEY = 'the-master-key-of-the-tests'
const RETIRED = 'the-former-key-of-the-tests'
const PASSWORD = 'app-password-CANARY-5150'
let app: RunningApp
let person: Person
let userId: string
const call = async (key: string | undefined, body: unknown = { user_id: userId }, base = app) => {
  const response = await fetch(`${base.url}/api/cron/auto-sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { 'x-cron-api-key': key } : {}) },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as AutoSyncOutcome & { error?: string, timestamp?: string, cronType?: string },
  }
}
const settings = (json?: unknown) =>
  person.json<AutoSyncSettings & { error?: string, fields?: Record<string, string> }>(
    '/api/settings/auto-sync',
    json === undefined ? {} : { method: 'PUT', json },
  )

describe('the webhook', () => {
  beforeAll(async () => {
    app = await startApp({ env: { CRON_API_KEY, CRON_API_KEYS_RETIRED: RETIRED } })
    person = new Person(app.url)
    userId = (await person.signUp()).id
  })
  afterAll(async () => {
    await app.stop()
  })

  it('takes the master key, the user\'s own, and both of the former while a rotation lasts', async () => {
    for (const key of [CRON_API_KEY, userKey(CRON_API_KEY, userId), RETIRED, userKey(RETIRED, userId)]) {
      expect(await call(key)).toMatchObject({
        status: 200,
        body: { success: true, skipped: 'disabled', cronType: 'auto-sync' },
      })
    }
  })

  it('a leaked job opens the sync of its user and of nobody else, and does not lead to the master key', async () => {
    const other = (await new Person(app.url).signUp()).id
    const leaked = userKey(CRON_API_KEY, userId)
    expect((await call(leaked, { user_id: other })).status).toBe(401)
    expect((await call(userKey(leaked, other), { user_id: other })).status).toBe(401)
    expect(leaked).not.toContain(createHash('sha256').update(CRON_API_KEY).digest('base64url'))
  })

  it('is 401 for anything else, says nothing of the body to strangers, and 422 to those who may ask', async () => {
    for (const key of [undefined, 'wrong', `${CRON_API_KEY}x`, CRON_API_KEY.toUpperCase()])
      expect((await call(key)).status).toBe(401)
    for (const body of [{}, { user_id: 7 }, { user_id: 'x' }, [], null, { user_id: userId, more: 1 }]) {
      expect([401, 429]).toContain((await call('wrong', body)).status)
      expect((await call(CRON_API_KEY, body)).status).toBe(422)
    }
    const garbage = (key: string) =>
      fetch(`${app.url}/api/cron/auto-sync`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-cron-api-key': key },
        body: '{',
      })
    expect([401, 429]).toContain((await garbage('wrong')).status)
    expect((await garbage(CRON_API_KEY)).status).toBe(400)
    expect(app.output()).not.toContain(CRON_API_KEY)
  })

  it('counts calls by user: 429 says when to come back', async () => {
    const busy = (await new Person(app.url).signUp()).id
    const answers = []
    for (let i = 0; i < 16; i++) answers.push(await call(CRON_API_KEY, { user_id: busy }))
    expect(answers.map(({ status }) => status)).toContain(429)
    expect(Number(answers.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await call(CRON_API_KEY)).status).toBe(200)
  })

  it('is 503 where no key is set, never open', async () => {
    const closed = await startApp()
    expect((await call('', { user_id: userId }, closed)).status).toBe(503)
    await closed.stop()
  })
})

const mail = (n: number, more = '', body = `Hello ${n}\r\n`) =>
  `Message-ID: <${n}@sender.example>\r\nFrom: Sender <sender@sender.example>\r\nTo: ann@example.com\r\nSubject: Mail ${n}\r\nDate: Mon, 05 Jan 2026 10:00:00 +0000\r\n${more}\r\n${body}`

describe.skipIf(!hasDovecot)('a real mail server (dovecot)', () => {
  let mails: MailServer
  let dataDir: string
  let port: number
  const env = () => ({ CRON_API_KEY, COFFER_ALLOW_PRIVATE_MAIL_HOSTS: 'true', NODE_EXTRA_CA_CERTS: mails.certificate })
  const mailbox = (more: object = {}) => ({
    host: 'localhost',
    port: mails.ports.implicit,
    tls: 'implicit',
    username: user,
    password: PASSWORD,
    ...more,
  })
  const on = (more: object = {}) => ({
    enabled: true,
    interval_minutes: 60,
    auto_process: false,
    ...more,
  })
  const sql = (query: string) => querySql(app.sqlPort, query)
  const count = async (table: string) =>
    (await sql(`select count(*)::int as n from ${table} where user_id = '${userId}'`))[0]!.n as number
  let user: string

  beforeAll(async () => {
    mails = await startDovecot()
    dataDir = await mkdtemp(join(tmpdir(), 'coffer-sync-'))
    port = await freePort()
    app = await startApp({ env: env(), dataDir, port })
  })
  afterAll(async () => {
    await app.stop()
    await mails.remove()
    await rm(dataDir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    person = new Person(app.url)
    userId = (await person.signUp()).id
    user = `user-${userId}`
    await mails.setPassword(user, PASSWORD)
    await mails.deliver(user, [])
  })
  afterEach(() => {
    expect(app.output()).not.toContain(PASSWORD)
  })

  it.each(['implicit', 'starttls'] as const)(
    'is tried before it is saved, with %s; the password is stored sealed and never shown',
    async (tls) => {
      const { status, body } = await settings({ ...on(), mailbox: mailbox({ tls, port: mails.ports[tls] }) })
      expect(status).toBe(200)
      expect(body).toMatchObject({
        configured: true,
        enabled: true,
        interval_minutes: 60,
        scheduled_by: 'server',
        mailbox: { name: user, status: 'active' },
      })
      const [row] = await sql(`select config from integrations where id = '${body.mailbox!.integration_id}'`)
      // The address that the password is sent to is sealed with it.
      const sealed: unknown = expect.stringMatching(/^[\w-]{16}\.[\w-]{22}\.[\w-]+$/)
      expect(row!.config).toMatchObject({
        host: sealed,
        port: sealed,
        username: sealed,
        tls: sealed,
        password: sealed,
      })
      for (const { body: seen } of person.seen) expect(seen).not.toContain(PASSWORD)
      // The check of an integration works for it as well.
      expect(
        (
          await person.json<{ outcome: string }>(`/api/integrations/${body.mailbox!.integration_id}/check`, {
            method: 'POST',
          })
        ).body.outcome,
      ).toBe('ok')
      // A password is not refreshed, and is none the worse for being asked to.
      expect(
        (await person.json(`/api/integrations/${body.mailbox!.integration_id}/refresh`, { method: 'POST' })).status,
      ).toBe(409)
      expect((await settings()).body.mailbox).toMatchObject({ status: 'active' })
    },
  )

  it.each<[string, object, string]>([
    ['a wrong password', { password: 'wrong' }, 'mailbox.password'],
    ['a server that does not answer', { port: 1 }, 'mailbox.host'],
    ['a name that does not exist', { host: 'no-such-host.invalid' }, 'mailbox.host'],
    ['plaintext where TLS is asked for', { tls: 'implicit', port: -1 }, 'mailbox.host'],
  ])('%s is refused with the field, and nothing is saved', async (_what, more, field) => {
    const given = mailbox(more) as { port: number }
    if (given.port === -1) given.port = mails.ports.starttls
    const { status, body } = await settings({ ...on(), mailbox: given })
    expect([status, Object.keys(body.fields ?? {})]).toEqual([422, [field]])
    expect((await settings()).body).toMatchObject({ configured: false, mailbox: null })
    expect((await person.json<{ count: number }>('/api/integrations')).body.count).toBe(0)
  })

  it('500 mails are imported once, however often and however parallel it is called', async () => {
    await mails.deliver(
      user,
      Array.from({ length: 500 }, (_, n) => mail(n)),
    )
    await settings({ ...on(), mailbox: mailbox() })
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(CRON_API_KEY)))
    expect(answers.map(({ body }) => body.skipped ?? 'ran').sort()).toEqual([
      'ran',
      ...Array.from({ length: 7 }, () => 'running'),
    ])
    expect(answers.find(({ body }) => !body.skipped)!.body).toMatchObject({
      success: true,
      imported: 500,
      duplicates: 0,
      complete: true,
    })
    expect((await call(userKey(CRON_API_KEY, userId))).body).toMatchObject({
      success: true,
      imported: 0,
      complete: true,
    })
    await mails.deliver(user, [mail(500), mail(3)])
    expect((await call(CRON_API_KEY)).body).toMatchObject({ imported: 1, duplicates: 1 })
    expect(await count('signals')).toBe(501)
    const { body } = await settings()
    expect(body).toMatchObject({ last_status: 'success', last_error: null })
    expect(body.runs.map(run => [run.imported, run.skipped])).toEqual([
      [1, 1],
      [0, 0],
      [500, 0],
    ])
    expect(
      await sql(
        `select title, sender, body, occurred_at from signals where user_id = '${userId}' and title = 'Mail 7'`,
      ),
    ).toEqual([
      {
        title: 'Mail 7',
        sender: 'sender@sender.example',
        body: 'Hello 7',
        occurred_at: new Date('2026-01-05T10:00:00Z'),
      },
    ])
  })

  it('killed in the middle, it goes on where it was, and nothing is here twice', async () => {
    await mails.deliver(
      user,
      Array.from({ length: 300 }, (_, n) => mail(n)),
    )
    await settings({ ...on(), mailbox: mailbox() })
    const running = call(CRON_API_KEY).catch(() => undefined)
    await until('some mails', async () => (await count('signals')) >= 20)
    await app.stop('SIGKILL')
    await running
    app = await startApp({ env: env(), dataDir, port })
    const before = await count('signals')
    expect(before).toBeLessThan(300)
    // The lease of the dead one keeps others away until it has run out.
    expect((await call(CRON_API_KEY)).body).toMatchObject({ skipped: 'running' })
    await sql(`update auto_sync_jobs set lease_until = now() - interval '1 s' where user_id = '${userId}'`)
    expect((await call(CRON_API_KEY)).body).toMatchObject({ success: true, imported: 300 - before, duplicates: 0 })
    expect(await count('signals')).toBe(300)
  })

  it('numbered anew, the mails are recognised', async () => {
    await mails.deliver(
      user,
      Array.from({ length: 30 }, (_, n) => mail(n)),
    )
    await settings({ ...on(), mailbox: mailbox() })
    expect((await call(CRON_API_KEY)).body).toMatchObject({ imported: 30 })
    const [cursor] = await sql('select uid_validity from mailbox_cursors order by updated_at desc limit 1')
    await until(
      'another second, which is what a new UIDVALIDITY is',
      () => Date.now() / 1000 > Number(cursor!.uid_validity) + 1,
    )
    await mails.renumber(user)
    expect((await call(CRON_API_KEY)).body).toMatchObject({
      success: true,
      imported: 0,
      duplicates: 30,
      complete: true,
    })
    expect((await sql('select uid_validity from mailbox_cursors order by updated_at desc limit 1'))[0]).not.toEqual(
      cursor,
    )
    expect(await count('signals')).toBe(30)
  })

  it('HTML becomes text, attachments and what is too large are left out, and broken mails do not stand in the way', async () => {
    const html =
      '<html><head><style>p{color:red}</style></head><body><h1>Title</h1><p>Hello&nbsp;<b>there</b></p><script>alert(1)</script><a href="https://x.example/a">link</a></body></html>'
    await mails.deliver(user, [
      mail(1, 'Content-Type: text/html; charset=utf-8\r\n', html),
      mail(
        2,
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n',
        `--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${'QUJD'.repeat(5_000_000)}\r\n--b--\r\n`,
      ),
      mail(
        3,
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="never-closed\r\nContent-Transfer-Encoding: what\r\n',
        '--never\r\n\0\0\xFF garbage',
      ),
      Buffer.concat([
        Buffer.from('Subject: =?utf-8?B?broken\r\nFrom: \xFF\xFE\r\n\r\n'),
        Buffer.from([0, 1, 2, 255, 254, 0xed, 0xa0, 0x80]),
      ]),
      'no headers at all',
      mail(6, '', 'x'.repeat(200_000)),
      mail(7),
    ])
    await settings({ ...on(), mailbox: mailbox() })
    expect((await call(CRON_API_KEY)).body).toMatchObject({ success: true, imported: 7, complete: true })
    const rows = (await sql(`select title, body, truncated from signals where user_id = '${userId}'`)) as {
      title: string
      body: string
      truncated: boolean
    }[]
    const byTitle = (title: string) => rows.find(row => row.title === title)!
    expect(byTitle('Mail 1').body).toContain('Hello there')
    expect(byTitle('Mail 1').body).toContain('https://x.example/a')
    expect(byTitle('Mail 1').body).not.toMatch(/alert|color:red|<b>/)
    expect(byTitle('Mail 2')).toEqual({ title: 'Mail 2', body: 'Grüße', truncated: true })
    expect(byTitle('Mail 6')).toMatchObject({ truncated: true })
    expect(byTitle('Mail 6').body).toHaveLength(65_536)
    expect(byTitle('Mail 7').body).toBe('Hello 7')
  })

  it('a password that is refused later: the mailbox needs a person, the job says so; a new password heals both', async () => {
    await settings({ ...on(), mailbox: mailbox() })
    await mails.setPassword(user, 'another')
    expect((await call(CRON_API_KEY)).body).toMatchObject({
      success: false,
      error: 'The mail server refuses user name and password.',
    })
    expect((await settings()).body).toMatchObject({
      last_status: 'failure',
      last_error: 'The mail server refuses user name and password.',
      mailbox: { status: 'needs_reauth', status_reason: 'password_refused' },
    })
    expect((await person.json<{ count: number }>('/api/integrations?status=attention')).body.count).toBe(1)
    await settings({ ...on(), mailbox: mailbox({ password: 'another' }) })
    expect((await call(CRON_API_KEY)).body).toMatchObject({ success: true })
    expect((await settings()).body).toMatchObject({ last_status: 'success', mailbox: { status: 'active' } })
  })

  it('a server that is down is no reason to give the mailbox up', async () => {
    await settings({ ...on(), mailbox: mailbox() })
    await mails.stop()
    expect((await call(CRON_API_KEY)).body).toMatchObject({ success: false, error: 'The mail server did not answer.' })
    expect((await settings()).body).toMatchObject({ last_status: 'failure', mailbox: { status: 'active' } })
    await mails.start()
    expect((await call(CRON_API_KEY)).body).toMatchObject({ success: true })
  })

  it('Coffer\'s own scheduler takes whose turn it is, once; off is off; what was found is the owner\'s alone', async () => {
    await mails.deliver(user, [
      mail(
        1,
        '',
        'We decided to ship on Friday.\r\nPlease send the invoice over EUR 1,200.50 by 12 March 2026.\r\nSee https://example.com/plan\r\n',
      ),
    ])
    await settings({ ...on({ auto_process: true }), mailbox: mailbox() })
    await app.stop()
    app = await startApp({ env: { ...env(), COFFER_SCHEDULER: 'on' }, dataDir, port })
    await until('the scheduler', async () => (await count('nuggets')) > 0, 90_000)
    expect(
      (await sql(`select kind from nuggets where user_id = '${userId}' order by kind`)).map(({ kind }) => kind),
    ).toEqual(['amount', 'date', 'deadline', 'decision', 'link', 'task'])
    expect((await settings()).body.runs).toHaveLength(1)
    expect(
      (await person.json<{ nuggets: { kind: string, signal: { title: string } }[] }>('/api/nuggets?kind=task')).body
        .nuggets,
    ).toMatchObject([{ kind: 'task', signal: { title: 'Mail 1' } }])
    const stranger = new Person(app.url)
    await stranger.signUp()
    expect((await stranger.json<{ nuggets: unknown[] }>('/api/nuggets')).body.nuggets).toEqual([])
    expect((await stranger.json<AutoSyncSettings>('/api/settings/auto-sync')).body).toMatchObject({
      configured: false,
      runs: [],
    })
    await settings(on({ enabled: false }))
    expect((await call(CRON_API_KEY)).body).toMatchObject({ skipped: 'disabled' })
    expect((await person.json('/api/settings/auto-sync', { method: 'DELETE' })).body).toEqual({ success: true })
    expect((await settings()).body).toMatchObject({ configured: false })
    expect(await count('signals')).toBe(1)
  }, 150_000)
})
