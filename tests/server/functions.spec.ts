import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHandler as createExtract } from '../../supabase/functions/extract-nuggets/handler.ts'
import { createHandler as createImport } from '../../supabase/functions/import-emails/handler.ts'
import { startAutoSyncFunctions, type DenoFunction } from '../../rigs/deno.ts'
import { hasDovecot, startDovecot, type MailServer } from '../../rigs/dovecot.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { signUp } from '../../rigs/rest-user.ts'

const PASSWORD = 'a password of the tests'
const MAILS = Array.from({ length: 60 }, (_, n) =>
  [
    `Message-ID: <${n}@x.example>`,
    `From: =?utf-8?Q?J=C3=BCrgen?= <j${n}@x.example>`,
    `Subject: Mail ${n}`,
    `Date: Tue, 0${1 + (n % 9)} Sep 2026 08:00:00 +0200`,
    `Content-Type: ${n % 3 ? 'text/plain' : 'text/html'}; charset=utf-8`,
    '',
    n % 3
      ? `Please pay €${n},50 by 3 October 2026.\nWe agreed to meet next Friday at 10:00.\nhttps://x.example/${n}?a=1`
      : `<p>TODO: call <b>Ann</b></p><p>Deadline: 12 December 2026</p><a href="https://x.example/${n}">here</a>`,
  ].join('\r\n'),
)

describe.skipIf(!hasDovecot)('the functions', () => {
  let rig: PostgresRig
  let mails: MailServer
  let functions: [DenoFunction, DenoFunction]
  let key: string
  beforeAll(async () => {
    ;[rig, mails] = await Promise.all([startPostgresRig(), startDovecot()])
    await mails.setPassword('ann', PASSWORD)
    await mails.deliver('ann', MAILS)
    key = rig.keys.secret
    functions = await startAutoSyncFunctions(rig, mails, { SUPABASE_SERVICE_ROLE_KEY: key })
  })
  afterAll(async () => {
    await Promise.all(functions.map(each => each.stop()))
    await mails.remove()
    await rig.stop()
  })

  /** A user with the row of a mailbox; the password comes with each call, as Coffer sends it. */
  const owner = async () => {
    const { id } = await signUp(rig)
    const integrationId = randomUUID()
    await rig.sql(
      'insert into integrations (id, organization_id, integration_type, name) values ($1, $2, \'imap\', \'ann\')',
      [integrationId, id],
    )
    return {
      id,
      import: {
        action: 'import',
        user_id: id,
        integration_id: integrationId,
        limit: 25,
        mailbox: {
          host: 'localhost',
          port: mails.ports.implicit,
          tls: 'implicit',
          username: 'ann',
          password: PASSWORD,
        },
      },
    }
  }
  const inProcess = (create: typeof createImport) => {
    const handle = create({ supabaseUrl: rig.url, serviceRoleKey: key, allowPrivateHosts: true })
    return async (body: unknown) => {
      const answer = await handle(
        new Request('http://functions.test/', {
          method: 'POST',
          headers: { authorization: `Bearer ${key}` },
          body: JSON.stringify(body),
        }),
      )
      return { status: answer.status, body: (await answer.json()) as unknown }
    }
  }
  const found = async (userId: string) => ({
    signals: await rig.sql(
      `select external_id, title, sender, body, truncated, occurred_at from signals
       where user_id = $1 order by external_id`,
      [userId],
    ),
    nuggets: await rig.sql(
      `select s.external_id, n.kind, n.text, n.value from nuggets n join signals s on s.id = n.signal_id
       where n.user_id = $1 order by 1, 2, 3`,
      [userId],
    ),
  })

  it('The functions do the same on Deno, with minimal permissions, as in this process', async () => {
    const [onDeno, here] = [await owner(), await owner()]
    const [denoImport, denoExtract] = functions
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    const runs: [
      typeof onDeno,
      (body: unknown) => Promise<{ status: number, body: unknown }>,
      (body: unknown) => Promise<{ status: number, body: unknown }>,
    ][] = [
      [onDeno, body => denoImport.invoke(body), body => denoExtract.invoke(body)],
      [here, inProcess(createImport), inProcess(createExtract)],
    ]
    for (const [user, importMails, extract] of runs) {
      expect(await importMails({ ...user.import, action: 'test' })).toEqual({
        status: 200,
        body: {
          outcome: 'ok',
          imported: 0,
          skipped: 0,
          done: true,
        },
      })
      for (const [imported, done] of [
        [25, false],
        [25, false],
        [10, true],
        [0, true],
      ])
        expect((await importMails(user.import)).body).toEqual({
          outcome: 'ok',
          imported,
          skipped: 0,
          done,
        })
      expect((await extract({ user_id: user.id, limit: 100 })).body).toMatchObject({ signals: 60, done: true })
      // A second time finds nothing new, and asked to do it again it saves nothing twice.
      const before = await found(user.id)
      await rig.sql('update signals set processed_at = null where user_id = $1', [user.id])
      expect((await extract({ user_id: user.id, limit: 100 })).body).toEqual({ signals: 60, nuggets: 0, done: true })
      expect(await found(user.id)).toEqual(before)
    }
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    const [one, two] = [await found(onDeno.id), await found(here.id)]
    expect(one).toEqual(two)
    expect(one.signals).toHaveLength(60)
    expect(new Set(one.nuggets.map(({ kind }) => kind))).toEqual(
      new Set(['amount', 'date', 'deadline', 'decision', 'link', 'task']),
    )
  })

  it('The functions require the service key and repeat nothing of their input', async () => {
    const { import: body } = await owner()
    for (const each of functions) {
      for (const wrong of ['', 'x', rig.keys.publishable, rig.keys.legacyAnon])
        expect(await each.invoke(body, wrong)).toEqual({ status: 401, body: { error: 'unauthorized' } })
      expect(await each.invoke({ password: PASSWORD })).toEqual({ status: 422, body: { error: 'invalid_request' } })
    }
    rig.intercept = async () => 503
    expect(await functions[0].invoke(body)).toEqual({ status: 500, body: { error: 'internal' } })
    rig.intercept = undefined
    for (const each of functions) expect(each.output()).not.toContain(PASSWORD)
  })

  it('The functions connect to no private address unless private addresses are allowed', async () => {
    const handle = createImport({ supabaseUrl: rig.url, serviceRoleKey: key, allowPrivateHosts: false })
    const { import: body } = await owner()
    for (const host of ['localhost', '127.0.0.1', '10.0.0.1', '169.254.169.254', '0.0.0.0']) {
      const answer = await handle(
        new Request('http://functions.test/', {
          method: 'POST',
          headers: { authorization: `Bearer ${key}` },
          body: JSON.stringify({ ...body, mailbox: { ...body.mailbox, host } }),
        }),
      )
      expect(await answer.json()).toMatchObject({ outcome: 'host', imported: 0 })
    }
  })
})
