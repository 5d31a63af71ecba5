import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { IntegrationView } from '../../shared/contracts/integrations.ts'
import { CRON_SECRET, startApp, type RunningApp } from '../../rigs/app.ts'
import { INTEGRATION_ROWS } from '../../rigs/integration-rows.ts'
import { TokenFamilies, type RotatingFamily } from '../../rigs/fault-server.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { begin, comeBack, startAppWithPlatforms, type AppWithPlatforms } from '../../rigs/provider-flow.ts'
import { addViewer, querySql } from '../../rigs/sql.ts'
import type { StandInAnswer, StandIns } from '../../rigs/stand-ins.ts'

const platforms = createPlatforms()
const families = new TokenFamilies()
/** The token endpoint's answer to refreshes, instead of rotating. */
let fault: StandInAnswer | undefined
let rig: AppWithPlatforms
let standIns: StandIns
let app: RunningApp
let person: Person
let family: RotatingFamily
let id: string

beforeAll(async () => {
  const discord = platforms.origins['https://discord.com']!
  platforms.origins['https://discord.com'] = (request) => {
    const form = new URLSearchParams(request.body)
    if (form.get('grant_type') !== 'refresh_token') return discord(request)
    if (fault) return fault
    return families.answer(request) ?? { status: 400, json: { error: 'invalid_grant' } }
  }
  rig = await startAppWithPlatforms(platforms, { CRON_SECRET })
  ;({ app, standIns } = rig)
})
afterAll(async () => {
  await rig.stop()
})

async function connect(someone: Person): Promise<{ id: string, family: RotatingFamily }> {
  const made = families.add()
  const { code, state } = await begin(someone, platforms, 'discord')
  platforms.nextTokenAnswer = made.first
  const { location } = await comeBack(someone, 'discord', { code, state })
  return { id: location!.searchParams.get('connected')!, family: made }
}

beforeEach(async () => {
  fault = undefined
  person = await Person.signedUp(app.url)
  ;({ id, family } = await connect(person))
  standIns.seen.length = 0
})

const refresh = async (who = person, which = id) =>
  await who.json<{ success: boolean, error_class: string | null, integration: IntegrationView, error?: string }>(
    `/api/integrations/${which}/refresh`,
    { method: 'POST' },
  )
const cron = async (headers: Record<string, string> = { authorization: `Bearer ${CRON_SECRET}` }, method = 'GET') => {
  const response = await fetch(`${app.url}/api/cron/token-refresh`, { method, headers })
  return {
    status: response.status,
    body: (await response.json()) as {
      tokensChecked: number
      tokensRefreshed: number
      remaining: number
      results: { integrationId: string, success: boolean, error: string | null }[]
      error?: string
    },
  }
}
const row = async (which = id) => (await querySql(app.sqlPort, `${INTEGRATION_ROWS} where i.id = '${which}'`))[0]!
const makeDue = async (which = id) => {
  await querySql(
    app.sqlPort,
    `update credential_state set next_refresh_at = now() - interval '1 minute', lease_until = null
    where integration_id = '${which}'`,
  )
}

describe('refreshing at once', () => {
  it('A refresh replaces both tokens, raises the version, is audited, and changes nothing else', async () => {
    const before = await row()
    const { body } = await refresh()
    expect(body).toMatchObject({
      success: true,
      error_class: null,
      integration: { id, status: 'active', last_error_class: null },
    })
    const after = await row()
    expect(Number(after.credential_version)).toBe(Number(before.credential_version) + 1)
    expect(after).toMatchObject({
      lease_owner: null,
      lease_until: null,
      refresh_state: null,
      refresh_attempts: 0,
      name: before.name,
    })
    const { body: audit } = await person.json<{ entries: { action: string }[] }>(`/api/integrations/${id}/audit`)
    expect(audit.entries[0]).toMatchObject({ action: 'integration.refresh', outcome: 'success' })
    // The second refresh spends the token of the first one and never the old one.
    expect((await refresh()).body.success).toBe(true)
    expect([family.requests, family.reuses]).toEqual([2, 0])
  })

  it('Eight refreshes at once send one token request, and all of them get a good answer', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh()))
    expect(answers.map(({ body }) => body.success)).toEqual(Array.from({ length: 8 }, () => true))
    expect([family.requests, family.reuses]).toEqual([1, 0])
  })

  it('R24: A refresh sends no scope and keeps the old refresh token when it gets no new one', async () => {
    fault = { json: { access_token: 'new', token_type: 'Bearer', expires_in: 3600 } }
    expect((await refresh()).body.success).toBe(true)
    const form = new URLSearchParams(standIns.requests('/api/oauth2/token')[0]!.body)
    expect(form.has('scope')).toBe(false)
    const kept = form.get('refresh_token')
    await refresh()
    expect(new URLSearchParams(standIns.requests('/api/oauth2/token')[1]!.body).get('refresh_token')).toBe(kept)
  })

  it('A refresh by a stranger or a viewer, or of a paused integration, is refused', async () => {
    const stranger = await Person.signedUp(app.url)
    expect((await refresh(stranger)).status).toBe(404)
    await addViewer(app.sqlPort, person.id, stranger.id)
    expect((await refresh(stranger)).status).toBe(403)
    await person.json(`/api/integrations/${id}`, { method: 'PATCH', json: { paused: true } })
    expect(await refresh()).toMatchObject({ status: 409, body: { error: 'conflict' } })
    expect(family.requests).toBe(0)
  })
})

type Classified = [what: string, answer: StandInAnswer, errorClass: string, status: string, reason: string | null]
const HTML = { 'content-type': 'text/html' }
const DEAD = ['grant', 'needs_reauth', 'revoked_or_expired'] as const
const MISCONFIGURED = ['configuration', 'misconfigured', 'client_misconfigured'] as const
const TRANSIENT = ['transient', 'active', null] as const
const AMBIGUOUS = ['ambiguous', 'active', null] as const
const ANSWERS: Classified[] = [
  ['invalid_grant', { status: 400, json: { error: 'invalid_grant' } }, ...DEAD],
  ['invalid_client', { status: 401, json: { error: 'invalid_client' } }, ...MISCONFIGURED],
  ['unauthorized_client', { status: 400, json: { error: 'unauthorized_client' } }, ...MISCONFIGURED],
  ['503', { status: 503, text: 'later' }, ...TRANSIENT],
  ['503 as HTML', { status: 503, headers: HTML, text: '<html></html>' }, ...TRANSIENT],
  ['HTML with 200', { status: 200, headers: HTML, text: '<html>login</html>' }, ...TRANSIENT],
  ['an empty 200', { status: 200, text: '' }, ...TRANSIENT],
  ['429', { status: 429, json: { message: 'slow down' } }, ...TRANSIENT],
  ['a 400 without an error code', { status: 400, text: '' }, ...AMBIGUOUS],
  ['a 401 without an error code', { status: 401, text: 'no' }, ...AMBIGUOUS],
  ['an unknown error', { status: 400, json: { error: 'something_new' } }, ...AMBIGUOUS],
  ['an error with 200', { json: { error: 'invalid_grant' } }, ...DEAD],
  [
    'a redirect to the metadata service',
    { status: 302, headers: { location: 'http://169.254.169.254/' } },
    ...TRANSIENT,
  ],
]

describe('error classes of refreshes', () => {
  it.each(ANSWERS)('A refresh that is answered with %s gets its error class and status', async (...given) => {
    const [, answer, errorClass, status, reason] = given
    fault = answer
    const { body } = await refresh()
    expect(body).toMatchObject({
      success: false,
      error_class: errorClass,
      integration: { status, status_reason: reason, last_error_class: errorClass },
    })
    const after = await row()
    expect(after).toMatchObject({ lease_owner: null, refresh_attempts: 1 })
    // A dead grant is never tried again automatically. Everything else is tried again later.
    if (errorClass === 'grant') expect(after.next_refresh_at).toBeNull()
    else expect(new Date(after.next_refresh_at as string).getTime()).toBeGreaterThan(Date.now())
    fault = undefined
    if (errorClass === 'grant') expect((await refresh()).status).toBe(409)
    else
      expect((await refresh()).body).toMatchObject({
        success: true,
        integration: { status: 'active', status_reason: null, last_error_class: null },
      })
  })

  it('The filter for attention finds the integrations that wait for a person', async () => {
    expect((await person.json<{ count: number }>('/api/integrations?status=attention')).body.count).toBe(0)
    fault = { status: 400, json: { error: 'invalid_grant' } }
    await refresh()
    expect(
      (
        await person.json<{ integrations: { id: string }[] }>('/api/integrations?status=attention')
      ).body.integrations.map(row => row.id),
    ).toEqual([id])
    const page = await person.visit('/integrations')
    expect(page.body).toContain('needs attention')
    expect((await person.visit(`/integrations/${id}`)).body).toContain(
      'The platform says that the grant was revoked or has expired. Reconnect the account.',
    )
  })

  it('After a 429, the next refresh waits as long as Retry-After says', async () => {
    fault = { status: 429, headers: { 'retry-after': '7200' }, text: '' }
    await refresh()
    expect(new Date((await row()).next_refresh_at as string).getTime()).toBeGreaterThan(Date.now() + 7190_000)
  })

  it('An opaque refusal ends the grant after a day and not after a number of tries', async () => {
    fault = { status: 400, text: '' }
    for (let i = 0; i < 8; i++) await refresh()
    expect(await row()).toMatchObject({ status: 'active', refresh_attempts: 8 })
    await querySql(
      app.sqlPort,
      `update credential_state set failing_since = now() - interval '25 h' where integration_id = '${id}'`,
    )
    expect((await refresh()).body).toMatchObject({ integration: { status: 'needs_reauth', status_reason: 'refused' } })
  })

  it('An outage of more than a day ends no grant', async () => {
    fault = { status: 503, text: '' }
    await refresh()
    await querySql(
      app.sqlPort,
      `update credential_state set failing_since = now() - interval '40 h' where integration_id = '${id}'`,
    )
    await refresh()
    expect(await row()).toMatchObject({ status: 'active' })
    fault = undefined
    expect((await refresh()).body.success).toBe(true)
  })
})

describe('after a process has died during a refresh', () => {
  const diedDuringRequest = async () => {
    // The journal was written before the request, by a process that has left nothing else but its lease.
    fault = { status: 503, text: '' }
    await refresh()
    fault = undefined
    await querySql(
      app.sqlPort,
      `update credential_state set refresh_state = jsonb_set(refresh_state, '{status}', '"in_flight"'),
        lease_owner = gen_random_uuid(), lease_until = now() - interval '1 s', next_refresh_at = now() - interval '1 s'
      where integration_id = '${id}'`,
    )
  }

  it('A refresh token that was already sent according to the journal is not sent again', async () => {
    await diedDuringRequest()
    const before = standIns.seen.length
    expect((await refresh()).body).toMatchObject({
      success: false,
      integration: { status: 'needs_reauth', status_reason: 'lost_rotation' },
    })
    expect(standIns.seen.length).toBe(before)
  })

  it('A reconnect replaces a grant whose rotation was lost', async () => {
    await diedDuringRequest()
    await refresh()
    const { code, state } = await begin(person, platforms, 'discord', `?integration_id=${id}`)
    platforms.nextTokenAnswer = family.first
    expect(await comeBack(person, 'discord', { code, state })).toMatchObject({ status: 303 })
    expect(await row()).toMatchObject({ status: 'active', status_reason: null, refresh_state: null })
    expect((await refresh()).body.success).toBe(true)
  })

  it('A lease keeps everyone but its owner from the refresh token', async () => {
    await querySql(
      app.sqlPort,
      `update credential_state set lease_owner = gen_random_uuid(), lease_until = now() + interval '1 s'
      where integration_id = '${id}'`,
    )
    expect(await refresh()).toMatchObject({ status: 502, body: { error: 'provider_unavailable' } })
    expect(family.requests).toBe(0)
    expect((await refresh()).body.success).toBe(true)
  })

  it('A refresh during which the row is changed sends no token twice', async () => {
    // The row changes while the token request is under way.
    let asked = false
    const original = family.answer.bind(family)
    family.answer = (token) => {
      asked = true
      return original(token)
    }
    const running = refresh()
    await querySql(
      app.sqlPort,
      `update integrations set config = config || '{"region": "touched"}' where id = '${id}'`,
    )
    await running
    expect(asked).toBe(true)
    expect(family.reuses).toBe(0)
  })
})

describe('/api/cron/token-refresh', () => {
  it('The refresh job answers 401 to anything but its secret and never logs it', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: CRON_SECRET },
      { authorization: `Bearer ${CRON_SECRET} ` + 'x' },
    ] as Record<string, string>[])
      expect((await cron(headers)).status).toBe(401)
    expect((await person.json('/api/cron/token-refresh')).status).toBe(401)
    expect(app.output()).not.toContain(CRON_SECRET)
  })

  it('More than ten wrong secrets in a minute are refused with 429, and the right one is still accepted', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 15; i++) statuses.push((await cron({ authorization: `Bearer wrong-${i}` })).status)
    expect(statuses).toContain(429)
    const refused = await fetch(`${app.url}/api/cron/token-refresh`, { headers: { authorization: 'Bearer wrong' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await cron({ authorization: `Bearer ${CRON_SECRET}` })).status).toBe(200)
    expect(app.output()).toContain('A scheduler sent a wrong secret.')
    expect(app.output()).not.toContain('wrong-3')
  })

  it('The refresh job answers 503 where no secret is set', async () => {
    const closed = await startApp()
    expect(
      (await fetch(`${closed.url}/api/cron/token-refresh`, { headers: { authorization: 'Bearer ' } })).status,
    ).toBe(503)
    await closed.stop()
  })

  it.each(['GET', 'POST'])(
    'A %s of the refresh job refreshes only what is due and answers with the documented fields',
    async (method) => {
      const neighbor = await Person.signedUp(app.url)
      const other = await connect(neighbor)
      await makeDue()
      const { status, body } = await cron({ authorization: `Bearer ${CRON_SECRET}` }, method)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        success: true,
        remaining: 0,
        cronType: 'token-refresh',
        timestamp: expect.any(String),
        durationMs: expect.any(Number),
      })
      const mine = body.results.filter(result => result.integrationId === id)
      expect(mine).toMatchObject([
        {
          platform: 'discord',
          success: true,
          userId: expect.any(String),
          newExpiry: expect.any(String),
        },
      ])
      expect(body.tokensRefreshed).toBe(body.results.filter(({ success }) => success).length)
      expect(other.family.requests).toBe(0)
    },
  )

  it('Overlapping runs refresh each row once, and a row that cannot be opened does not stop the others', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => Person.signedUp(app.url)))
    const rows: { id: string, family: RotatingFamily }[] = []
    for (const someone of people) rows.push(await connect(someone))
    for (const each of rows) await makeDue(each.id)
    // The credentials of the first row cannot be opened.
    await querySql(
      app.sqlPort,
      `update integrations set config = jsonb_set(config, '{refresh_token}', config -> 'access_token')
       where id = '${rows[0]!.id}'`,
    )
    const runs = await Promise.all([cron(), cron(), cron()])
    const successes = runs
      .flatMap(({ body }) => body.results)
      .filter(({ success }) => success)
      .map(({ integrationId }) => integrationId)
    expect(new Set(successes).size).toBe(successes.length)
    for (const each of rows.slice(1)) {
      expect(successes).toContain(each.id)
      expect([each.family.requests, each.family.reuses]).toEqual([1, 0])
    }
    expect(rows[0]!.family.requests).toBe(0)
  })

  it('A row that is refused with invalid_client keeps its grant and recovers by itself', async () => {
    fault = { status: 401, json: { error: 'invalid_client' } }
    await makeDue()
    await cron()
    expect(await row()).toMatchObject({ status: 'misconfigured' })
    fault = undefined
    await makeDue()
    await cron()
    expect(await row()).toMatchObject({ status: 'active', status_reason: null })
  })
})

describe('integrations that share a grant', () => {
  it('Integrations that share a grant are refreshed once, by its holder, and show the same expiry', async () => {
    const sharer = crypto.randomUUID()
    await querySql(
      app.sqlPort,
      `insert into integrations (id, organization_id, integration_type, name, external_account_id)
      select '${sharer}', organization_id, integration_type, 'second', 'second' from integrations where id = '${id}'`,
    )
    await querySql(
      app.sqlPort,
      `update credential_state set grant_holder_id = '${id}' where integration_id = '${sharer}'`,
    )
    expect((await refresh(person, sharer)).body.success).toBe(true)
    expect(family.requests).toBe(1)
    expect((await row(sharer)).expires_at).toEqual((await row()).expires_at)
    fault = { status: 400, json: { error: 'invalid_grant' } }
    await refresh(person, sharer)
    expect(await row(sharer)).toMatchObject({ status: 'needs_reauth', status_reason: 'revoked_or_expired' })
  })
})
