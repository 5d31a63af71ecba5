import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { IntegrationView } from '../../shared/contracts/integrations.ts'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { INTEGRATION_ROWS } from '../../rigs/integration-rows.ts'
import { RotatingFamily } from '../../rigs/fault-server.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { begin, comeBack, providerEnvironment } from '../../rigs/provider-flow.ts'
import { querySql } from '../../rigs/sql.ts'
import { startStandIns, type StandInAnswer, type StandIns } from '../../rigs/stand-ins.ts'

const CRON_SECRET = 'a-cron-secret-of-the-tests'
const platforms = createPlatforms()
const families = new Map<string, RotatingFamily>()
/** What the token endpoint answers to refreshes instead of rotating. */
let fault: StandInAnswer | undefined
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
    const token = form.get('refresh_token') ?? ''
    return (
      families.get(token.split('-refresh-')[0]!)?.answer(token) ?? { status: 400, json: { error: 'invalid_grant' } }
    )
  }
  standIns = await startStandIns(platforms.origins)
  app = await startApp({ env: { ...providerEnvironment(platforms, standIns.originMap), CRON_SECRET } })
})
afterAll(async () => {
  await app.stop()
  await standIns.stop()
})

async function connect(someone: Person, name: string): Promise<{ id: string, family: RotatingFamily }> {
  const made = new RotatingFamily(name)
  families.set(name, made)
  const { code, state } = await begin(someone, platforms, 'discord')
  platforms.nextTokenAnswer = {
    json: {
      access_token: `${name}-access-0`,
      refresh_token: made.current,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'identify guilds',
    },
  }
  const { location } = await comeBack(someone, 'discord', { code, state })
  return { id: location!.searchParams.get('connected')!, family: made }
}

beforeEach(async () => {
  fault = undefined
  person = new Person(app.url)
  await person.signUp()
  ;({ id, family } = await connect(person, crypto.randomUUID().slice(0, 8)))
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

describe('refresh now', () => {
  it('replaces both tokens, raises the version, says so in the history, and keeps everything else', async () => {
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
    // A second one spends what the first one brought, never the old token.
    expect((await refresh()).body.success).toBe(true)
    expect([family.requests, family.reuses]).toEqual([2, 0])
  })

  it('of eight at once sends one token request, and all eight get a good answer', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh()))
    expect(answers.map(({ body }) => body.success)).toEqual(Array.from({ length: 8 }, () => true))
    expect([family.requests, family.reuses]).toEqual([1, 0])
  })

  it('sends no scope (R24), and the old refresh token is kept when none comes', async () => {
    fault = { json: { access_token: 'new', token_type: 'Bearer', expires_in: 3600 } }
    expect((await refresh()).body.success).toBe(true)
    const form = new URLSearchParams(standIns.requests('/api/oauth2/token')[0]!.body)
    expect(form.has('scope')).toBe(false)
    const kept = form.get('refresh_token')
    await refresh()
    expect(new URLSearchParams(standIns.requests('/api/oauth2/token')[1]!.body).get('refresh_token')).toBe(kept)
  })

  it('is not for strangers, viewers, or paused integrations', async () => {
    const stranger = new Person(app.url)
    const { id: strangerId } = await stranger.signUp()
    expect((await refresh(stranger)).status).toBe(404)
    const { organization_id: organization } = await row()
    await querySql(
      app.sqlPort,
      `insert into organization_members (organization_id, user_id, role) values ('${String(organization)}', '${strangerId}', 'viewer')`,
    )
    expect((await refresh(stranger)).status).toBe(403)
    await person.json(`/api/integrations/${id}`, { method: 'PATCH', json: { paused: true } })
    expect(await refresh()).toMatchObject({ status: 409, body: { error: 'conflict' } })
    expect(family.requests).toBe(0)
  })
})

describe('what the provider answers lands in its class', () => {
  it.each([
    ['invalid_grant', { status: 400, json: { error: 'invalid_grant' } }, 'grant', 'needs_reauth', 'revoked_or_expired'],
    [
      'invalid_client',
      { status: 401, json: { error: 'invalid_client' } },
      'configuration',
      'misconfigured',
      'client_misconfigured',
    ],
    [
      'unauthorized_client',
      { status: 400, json: { error: 'unauthorized_client' } },
      'configuration',
      'misconfigured',
      'client_misconfigured',
    ],
    ['503', { status: 503, text: 'later' }, 'transient', 'active', null],
    [
      '503 as HTML',
      { status: 503, headers: { 'content-type': 'text/html' }, text: '<html></html>' },
      'transient',
      'active',
      null,
    ],
    [
      'HTML with 200',
      { status: 200, headers: { 'content-type': 'text/html' }, text: '<html>login</html>' },
      'transient',
      'active',
      null,
    ],
    ['an empty 200', { status: 200, text: '' }, 'transient', 'active', null],
    ['429', { status: 429, json: { message: 'slow down' } }, 'transient', 'active', null],
    ['a 400 without a word', { status: 400, text: '' }, 'ambiguous', 'active', null],
    ['a 401 without a word', { status: 401, text: 'no' }, 'ambiguous', 'active', null],
    ['an unknown error', { status: 400, json: { error: 'something_new' } }, 'ambiguous', 'active', null],
    ['an error with 200', { json: { error: 'invalid_grant' } }, 'grant', 'needs_reauth', 'revoked_or_expired'],
    [
      'a redirect to the metadata service',
      { status: 302, headers: { location: 'http://169.254.169.254/' } },
      'transient',
      'active',
      null,
    ],
  ] as const)('%s', async (_what, answer, errorClass, status, reason) => {
    fault = answer
    const { body } = await refresh()
    expect(body).toMatchObject({
      success: false,
      error_class: errorClass,
      integration: { status, status_reason: reason, last_error_class: errorClass },
    })
    const after = await row()
    expect(after).toMatchObject({ lease_owner: null, refresh_attempts: 1 })
    // A dead grant is never tried again by itself; everything else is, later.
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

  it('what waits for a person is found by one filter', async () => {
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
      'The platform says that the grant is revoked or has expired. Reconnect the account.',
    )
  })

  it('Retry-After is obeyed', async () => {
    fault = { status: 429, headers: { 'retry-after': '7200' }, text: '' }
    await refresh()
    expect(new Date((await row()).next_refresh_at as string).getTime()).toBeGreaterThan(Date.now() + 7190_000)
  })

  it('an opaque refusal is believed after a day, not after a number of tries', async () => {
    fault = { status: 400, text: '' }
    for (let i = 0; i < 8; i++) await refresh()
    expect(await row()).toMatchObject({ status: 'active', refresh_attempts: 8 })
    await querySql(app.sqlPort, `update credential_state set failing_since = now() - interval '25 h' where integration_id = '${id}'`)
    expect((await refresh()).body).toMatchObject({ integration: { status: 'needs_reauth', status_reason: 'refused' } })
  })

  it('an outage of a day kills no grant', async () => {
    fault = { status: 503, text: '' }
    await refresh()
    await querySql(app.sqlPort, `update credential_state set failing_since = now() - interval '40 h' where integration_id = '${id}'`)
    await refresh()
    expect(await row()).toMatchObject({ status: 'active' })
    fault = undefined
    expect((await refresh()).body.success).toBe(true)
  })
})

describe('a process that died in the middle', () => {
  const diedDuringRequest = async () => {
    // The journal as it was written before the request, by a process of which nothing is left but the lease.
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

  it('the token that the journal says was sent is not sent again to a server that rotates', async () => {
    await diedDuringRequest()
    const before = standIns.seen.length
    expect((await refresh()).body).toMatchObject({
      success: false,
      integration: { status: 'needs_reauth', status_reason: 'lost_rotation' },
    })
    expect(standIns.seen.length).toBe(before)
  })

  it('a reconnect begins anew', async () => {
    await diedDuringRequest()
    await refresh()
    const { code, state } = await begin(person, platforms, 'discord', `?integration_id=${id}`)
    platforms.nextTokenAnswer = {
      json: {
        access_token: 'a',
        refresh_token: family.current,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'identify guilds',
      },
    }
    expect(await comeBack(person, 'discord', { code, state })).toMatchObject({ status: 303 })
    expect(await row()).toMatchObject({ status: 'active', status_reason: null, refresh_state: null })
    expect((await refresh()).body.success).toBe(true)
  })

  it('a lease that is held keeps everyone else from the token', async () => {
    await querySql(
      app.sqlPort,
      `update credential_state set lease_owner = gen_random_uuid(), lease_until = now() + interval '1 s'
      where integration_id = '${id}'`,
    )
    expect(await refresh()).toMatchObject({ status: 502, body: { error: 'provider_unavailable' } })
    expect(family.requests).toBe(0)
    expect((await refresh()).body.success).toBe(true)
  })

  it('a save that comes after a deletion ends the new grant', async () => {
    // The row goes while the token request is under way.
    const discord = platforms.origins['https://discord.com']!
    let deleted = false
    fault = undefined
    const original = family.answer.bind(family)
    family.answer = (token) => {
      deleted = true
      return original(token)
    }
    const running = refresh()
    await querySql(
      app.sqlPort,
      `update integrations set config = config || '{"region": "touched"}' where id = '${id}'`,
    )
    await running
    expect(deleted).toBe(true)
    expect(discord).toBeDefined()
    expect(family.reuses).toBe(0)
  })
})

describe('/api/cron/token-refresh', () => {
  it('is 401 without the secret, with a wrong one, by cookie; and says nothing of it in the log', async () => {
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

  it('wrong ones are counted: after ten in a minute 429 says when to come back, and the right one still gets in', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 15; i++) statuses.push((await cron({ authorization: `Bearer wrong-${i}` })).status)
    expect(statuses).toContain(429)
    const refused = await fetch(`${app.url}/api/cron/token-refresh`, { headers: { authorization: 'Bearer wrong' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await cron({ authorization: `Bearer ${CRON_SECRET}` })).status).toBe(200)
    expect(app.output()).toContain('a scheduler came with a wrong secret')
    expect(app.output()).not.toContain('wrong-3')
  })

  it('is 503 where no secret is set, never open', async () => {
    const closed = await startApp()
    expect(
      (await fetch(`${closed.url}/api/cron/token-refresh`, { headers: { authorization: 'Bearer ' } })).status,
    ).toBe(503)
    await closed.stop()
  })

  it.each(['GET', 'POST'])(
    '%s refreshes what is due and nothing else, and answers with the original\'s fields',
    async (method) => {
      const neighbour = new Person(app.url)
      await neighbour.signUp()
      const other = await connect(neighbour, crypto.randomUUID().slice(0, 8))
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

  it('overlapping runs refresh each row once, and one row\'s trouble does not stop the others', async () => {
    const people = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const someone = new Person(app.url)
        await someone.signUp()
        return someone
      }),
    )
    const rows: { id: string, family: RotatingFamily }[] = []
    for (const someone of people) rows.push(await connect(someone, crypto.randomUUID().slice(0, 8)))
    for (const each of rows) await makeDue(each.id)
    // One cannot even be opened.
    await querySql(
      app.sqlPort,
      `update integrations set config = jsonb_set(config, '{refresh_token}', config -> 'access_token') where id = '${rows[0]!.id}'`,
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

  it('a provider that says invalid_client stops nothing else, keeps the grant, and heals by itself', async () => {
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

describe('several integrations of one grant', () => {
  it('are refreshed once, by their holder, and show the same times', async () => {
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
