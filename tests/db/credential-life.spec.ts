import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AppError } from '../../server/domain/errors.ts'
import { providerApi } from '../../server/oauth/provider-api.ts'
import { checkIntegration } from '../../server/usecases/credentials/check-integration.ts'
import { refreshDue } from '../../server/usecases/credentials/refresh-due.ts'
import { refreshIntegration } from '../../server/usecases/credentials/refresh-integration.ts'
import { LeaseLost } from '../../server/domain/lease.ts'
import { runMaintenance } from '../../server/usecases/run-maintenance.ts'
import { useCredential } from '../../server/usecases/credentials/use-credential.ts'
import { RotatingFamily } from '../../rigs/fault-server.ts'
import type { JobRig } from '../../rigs/job-rig.ts'
import { onBothDatabases, useJobRig } from '../../rigs/on-both-databases.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'
import { signUp } from '../../rigs/rest-user.ts'
import type { StandInAnswer } from '../../rigs/stand-ins.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BUDGET = 30 * MINUTE

let rig: SupabaseRig
let jobs: JobRig

const target = (id: string) => ({ organizationId: jobs.userId, id })
const date = (value: unknown) => new Date(value as string).getTime()
const run = () => refreshDue(jobs.deps, BUDGET)
/** A token family at the token endpoint of a provider, and the config of a row that starts with it. */
const rotating = (type: string) => {
  const family = new RotatingFamily(randomUUID().slice(0, 8))
  jobs.tokens.set(type, request => family.answer(new URLSearchParams(request.body).get('refresh_token') ?? ''))
  return { family, config: { refresh_token: family.current } }
}
const maintain = () => runMaintenance(jobs.deps, BUDGET)

/** Sends a byte at a time and never ends. */
const drip: StandInAnswer = {
  raw: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  },
}

/** Sends ten gigabytes. */
const flood: StandInAnswer = {
  raw: (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(10 * 1024 ** 3) })
    const chunk = Buffer.alloc(256 * 1024, 32)
    const send = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', send).on('error', () => undefined)
    send()
  },
}

type ErrorClass = 'transient' | 'ambiguous' | 'grant' | 'configuration'

/** What a token endpoint answers, the class of that error, and whether the refresh token may be spent after it. */
const MISBEHAVIORS: [string, StandInAnswer, ErrorClass, boolean][] = [
  ['that hangs', { raw: () => undefined }, 'transient', true],
  ['that resets the connection', { raw: response => response.socket?.resetAndDestroy() }, 'transient', true],
  ['that drips', drip, 'transient', true],
  ['that sends ten gigabytes', flood, 'transient', true],
  [
    'that sends HTML with 200',
    { headers: { 'content-type': 'text/html' }, text: '<h1>Hi</h1>' },
    'transient',
    true,
  ],
  ['that says 200 with an error', { json: { error: 'invalid_grant' } }, 'grant', false],
  ['that says 200 without a token', { json: { token_type: 'Bearer' } }, 'transient', true],
  ['that says 200 with an empty token', { json: { access_token: ' ', token_type: 'Bearer' } }, 'transient', true],
  ['that says 400 without a body', { status: 400, text: '' }, 'ambiguous', false],
  ['that says 401 without a body', { status: 401, text: '' }, 'ambiguous', false],
  ['that says invalid_client', { status: 401, json: { error: 'invalid_client' } }, 'configuration', false],
  ['that says 408', { status: 408, text: '' }, 'transient', false],
  ['that says 429', { status: 429, text: '' }, 'transient', false],
  ['that says 503', { status: 503, text: '' }, 'transient', true],
  [
    'that redirects to the metadata service',
    { status: 307, headers: { location: 'http://169.254.169.254/latest/meta-data' } },
    'transient',
    false,
  ],
]

/** What the platform answers to a health check, its outcome, and how long after it the next one is. */
const DOUBTS: [string, StandInAnswer, string, number][] = [
  ['no answer', { raw: response => response.socket?.destroy() }, 'unreachable', HOUR],
  ['a 503', { status: 503 }, 'unreachable', HOUR],
  ['a 403', { status: 403 }, 'forbidden', DAY],
  ['another account', { json: { id: 'other', username: 'n' } }, 'forbidden', DAY],
]

function readers(): void {
  const read = (id: string, deps = jobs.deps) =>
    useCredential(deps, target(id), { purpose: 'check' }, async ({ accessToken }) => {
      await providerApi(deps.fetch, accessToken).get('https://discord.com/api/v10/users/@me', {
        safeParse: (data: unknown) => ({ success: true, data }),
      } as never)
      return jobs.standIns.seen.at(-1)!.headers.authorization
    })
  beforeEach(() => {
    jobs.apis.set('discord', () => ({ json: {} }))
  })

  it('A reader of a living token causes no refresh, however short its life is', async () => {
    const id = await jobs.addRow('discord', { columns: { expires_at: new Date(jobs.clock.ms + 5 * MINUTE) } })
    for (let i = 0; i < 10; i++) expect(await read(id)).toBe(`Bearer old-access-${id}`)
    expect(jobs.tokenRequests()).toBe(0)
  })

  it('Eight readers of an expired token cause one refresh, in one process and in several', async () => {
    const { family, config } = rotating('discord')
    const id = await jobs.addRow('discord', { config })
    const others = [jobs.replica(), jobs.replica(), jobs.replica(), jobs.replica()]
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => read(id, others[n % 4])))
    expect(new Set(answers)).toEqual(new Set([`Bearer ${family.name}-access-1`]))
    expect([family.requests, family.reuses]).toEqual([1, 0])
  })

  it('A reader of a token that is about to end gets a new one, or the old one during an outage', async () => {
    const { family, config } = rotating('discord')
    const id = await jobs.addRow('discord', { config, columns: { expires_at: new Date(jobs.clock.ms + 30_000) } })
    const answer = jobs.tokens.get('discord')!
    jobs.tokens.set('discord', () => ({ status: 503 }))
    expect(await read(id)).toBe(`Bearer old-access-${id}`)
    jobs.tokens.set('discord', answer)
    jobs.clock.ms = date((await jobs.row(id)).next_refresh_at) + 1
    expect(await read(id)).toBe(`Bearer ${family.name}-access-1`)
  })

  it('No reader gets a dead token, and many readers of one cause a single refresh', async () => {
    const id = await jobs.addRow('discord')
    jobs.tokens.set('discord', () => ({ status: 503 }))
    for (let i = 0; i < 50; i++)
      await expect(read(id)).rejects.toMatchObject({ code: 'provider_unavailable' } satisfies Partial<AppError>)
    expect(jobs.tokenRequests()).toBe(1)
    expect(jobs.standIns.seen.some(({ path }) => path.includes('/users/@me'))).toBe(false)
    await jobs.set(id, { status: 'needs_reauth' })
    await expect(read(id)).rejects.toMatchObject({ code: 'needs_reauth' })
    await jobs.set(id, { status: 'paused' })
    await expect(read(id)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('A dead connection that is read all day is refreshed only a few times', async () => {
    const id = await jobs.addRow('discord')
    jobs.tokens.set('discord', () => ({ status: 500 }))
    for (let minute = 0; minute < 24 * 60; minute += 2) {
      jobs.clock.ms += 2 * MINUTE
      await read(id).catch(() => undefined)
    }
    expect(jobs.tokenRequests()).toBeLessThan(25)
    expect(await jobs.row(id)).toMatchObject({ status: 'active' })
  })

  it('A 401 for a token without an expiry causes one refresh and one more request', async () => {
    const { family, config } = rotating('discord')
    const id = await jobs.addRow('discord', { config, columns: { expires_at: null, next_refresh_at: null } })
    jobs.apis.set('discord', request =>
      request.headers.authorization === `Bearer ${family.name}-access-1` ? { json: {} } : { status: 401 },
    )
    expect(await read(id)).toBe(`Bearer ${family.name}-access-1`)
    jobs.apis.set('discord', () => ({ status: 401 }))
    const before = jobs.tokenRequests()
    await expect(read(id)).rejects.toThrow()
    expect(jobs.tokenRequests()).toBe(before + 1)
  })
}

function loans(): void {
  it('A loan keeps the cron and the button from a refresh that would end the lent token', async () => {
    jobs.apis.set('supabase', () => ({ json: [] }))
    const id = await jobs.addRow('supabase', { columns: { expires_at: new Date(jobs.clock.ms + 10 * MINUTE) } })
    await useCredential(jobs.deps, target(id), { purpose: 'check' }, async () => {
      expect(await run()).toMatchObject({ tokensChecked: 0 })
      await expect(refreshIntegration(jobs.deps, target(id))).rejects.toMatchObject({ code: 'conflict' })
      expect(jobs.tokenRequests()).toBe(0)
    })
    // The loan ends with the work.
    await refreshIntegration(jobs.deps, target(id))
    expect(jobs.tokenRequests()).toBe(1)
  })

  it('An abandoned loan ends with its token, and ending a loan leaves a longer one alone', async () => {
    const id = await jobs.addRow('supabase', { columns: { expires_at: new Date(jobs.clock.ms + 3 * MINUTE) } })
    const row = (await jobs.deps.credentials.read(jobs.userId, id))!
    const later = new Date(jobs.clock.ms + 2 * MINUTE)
    await jobs.deps.credentials.lend(row, later)
    await jobs.deps.credentials.endLoan(row, new Date(later.getTime() - 1))
    expect(await run()).toMatchObject({ tokensChecked: 0 })
    await jobs.deps.credentials.lend(row, new Date(jobs.clock.ms + HOUR))
    jobs.clock.ms += 3 * MINUTE
    expect(await run()).toMatchObject({ tokensRefreshed: 1 })
  })

  it('A reader that comes during a refresh that ends the old token waits for the result', async () => {
    const id = await jobs.addRow('supabase', { columns: { expires_at: new Date(jobs.clock.ms + 10 * MINUTE) } })
    let reading: Promise<string> | undefined
    jobs.tokens.set('supabase', async () => {
      reading = useCredential(jobs.replica(), target(id), { purpose: 'check' }, async ({ row }) =>
        String(row.credentialVersion),
      )
      await new Promise(resolve => setImmediate(resolve))
      return {
        status: 201,
        json: {
          access_token: 'a',
          refresh_token: 'b',
          token_type: 'Bearer',
          expires_in: 3600,
        },
      }
    })
    expect(await run()).toMatchObject({ tokensRefreshed: 1 })
    expect(await reading).toBe('2')
  })
}

function endpoints(): void {
  it.each(MISBEHAVIORS)('A token endpoint %s has its error class and back-off, and nothing is lost', async (...row) => {
    const [_what, answer, errorClass, mayBeSpent] = row
    const id = await jobs.addRow('discord')
    const before = await jobs.row(id)
    jobs.tokens.set('discord', () => answer)
    await run()
    const after = await jobs.row(id)
    expect(after).toMatchObject({
      last_error_class: errorClass,
      lease_owner: null,
      refresh_attempts: 1,
      config: before.config,
    })
    expect(jobs.standIns.seen).toHaveLength(1)
    expect((after.refresh_state as { status?: string } | null)?.status ?? null).toBe(mayBeSpent ? 'unknown' : null)
    if (errorClass === 'grant') expect(after).toMatchObject({ status: 'needs_reauth', next_refresh_at: null })
    else expect(date(after.next_refresh_at)).toBeGreaterThan(jobs.clock.ms)
  })

  it('A token endpoint\'s Retry-After is obeyed in both forms, and back-off grows without it', async () => {
    const id = await jobs.addRow('discord')
    for (const header of ['7200', new Date(jobs.clock.ms + 2 * HOUR).toUTCString()]) {
      await jobs.set(id, { next_refresh_at: new Date(jobs.clock.ms - 1), refresh_attempts: 0 })
      jobs.tokens.set('discord', () => ({ status: 429, headers: { 'retry-after': header } }))
      await run()
      expect(date((await jobs.row(id)).next_refresh_at)).toBeGreaterThan(jobs.clock.ms + 2 * HOUR - 2000)
    }
    jobs.tokens.set('discord', () => ({ status: 429 }))
    const waits: number[] = []
    await jobs.set(id, { refresh_attempts: 0 })
    for (let i = 0; i < 12; i++) {
      await jobs.set(id, { next_refresh_at: new Date(jobs.clock.ms - 1) })
      await rig.sql('delete from breakers')
      await run()
      waits.push(date((await jobs.row(id)).next_refresh_at) - jobs.clock.ms)
    }
    expect(waits.slice(1).every((wait, n) => wait >= waits[n]!)).toBe(true)
    expect(waits.at(-1)).toBeLessThanOrEqual(6 * HOUR)
  })
}

function outages(): void {
  it('A token endpoint that is down for an hour gets a handful of requests, and all grants live', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => jobs.addRow('discord')))
    jobs.tokens.set('discord', () => ({ status: 503 }))
    const others = [jobs.deps, jobs.replica()]
    for (let minute = 0; minute < 60; minute++) {
      await Promise.all(others.map(deps => refreshDue(deps, BUDGET)))
      jobs.clock.ms += MINUTE
    }
    // Two servers with ten workers each may be sending when it opens; then there is one probe per pause.
    expect(jobs.tokenRequests()).toBeLessThan(40)
    jobs.tokens.delete('discord')
    jobs.clock.ms += 15 * MINUTE
    await run()
    jobs.clock.ms += 6 * HOUR
    await run()
    for (const id of ids) expect(await jobs.row(id)).toMatchObject({ status: 'active', last_error_class: null })
    expect(await rig.sql('select * from breakers')).toEqual([])
  })

  it.each([10 * MINUTE, -HOUR])('A server whose clock is %i ms off opens a breaker for no longer than others', async (
    skewMs,
  ) => {
    const endpoint = 'https://discord.com/api/oauth2/token'
    const wrong = jobs.replica(undefined, { skewMs })
    for (let failure = 0; failure < 5; failure++) await wrong.breakers.report(endpoint, false)
    expect(await wrong.breakers.admit(endpoint)).toBe('open')
    jobs.clock.ms += 31_000
    expect(await jobs.deps.breakers.admit(endpoint)).toBe('probe')
  })

  it('A clock that is set back during a run changes neither its duration nor its time budget', async () => {
    for (let row = 0; row < 3; row++) await jobs.addRow('discord')
    const clock = { skewMs: 0 }
    const server = jobs.replica(undefined, clock)
    jobs.tokens.set('discord', () => {
      clock.skewMs = -HOUR
      jobs.clock.ms += MINUTE
      return { status: 429 }
    })
    expect((await refreshDue(server, BUDGET)).durationMs).toBe(3 * MINUTE)
    jobs.clock.ms += DAY
    expect(await refreshDue(server, 0)).toMatchObject({ tokensChecked: 0, durationMs: 0 })
  })

  it('A token endpoint that hangs does not delay the other platforms', async () => {
    const hanging = await Promise.all(Array.from({ length: 25 }, () => jobs.addRow('spotify')))
    const ids = await Promise.all(Array.from({ length: 60 }, () => jobs.addRow('discord')))
    let answered = 0
    const held: (() => void)[] = []
    jobs.tokens.set('spotify', async () => {
      await new Promise<void>(resolve => held.push(resolve))
      return { status: 503 }
    })
    jobs.tokens.set('discord', () => {
      // Nothing that hangs has been released when the last of these comes.
      if (++answered === ids.length) held.forEach(release => release())
      return {
        json: {
          access_token: `a${answered}`,
          refresh_token: `r${answered}`,
          token_type: 'Bearer',
          expires_in: 3600,
        },
      }
    })
    const { results } = await run()
    expect(answered).toBe(ids.length)
    expect(results.filter(({ platform, success }) => platform === 'discord' && success)).toHaveLength(ids.length)
    expect(results.filter(({ platform }) => platform === 'spotify').every(({ success }) => !success)).toBe(true)
    expect(hanging.length).toBeGreaterThan(results.filter(({ platform }) => platform === 'spotify').length)
  })

  it('An outage of four days ends no grant, but an opaque refusal of four days does', async () => {
    const id = await jobs.addRow('discord')
    const opaque = await jobs.addRow('spotify')
    jobs.tokens.set('discord', () => ({ status: 503 }))
    jobs.tokens.set('spotify', () => ({ status: 400, text: '' }))
    for (let hour = 0; hour < 96; hour++) {
      jobs.clock.ms += HOUR
      await run()
    }
    expect(await jobs.row(id)).toMatchObject({ status: 'active', last_error_class: 'transient' })
    expect(await jobs.row(opaque)).toMatchObject({ status: 'needs_reauth', status_reason: 'refused' })
  })
}

function refreshes(): void {
  const refreshed = async (type: string, json: Record<string, unknown>, columns: Record<string, unknown> = {}) => {
    const id = await jobs.addRow(type, { columns })
    jobs.tokens.set(type, () => ({ json: { access_token: 'new', token_type: 'Bearer', ...json } }))
    expect((await run()).tokensRefreshed).toBe(1)
    return await jobs.row(id)
  }

  it('A refresh that brings no refresh token keeps the old one', async () => {
    const row = await refreshed('google_gmail', { expires_in: 3600 })
    expect(
      jobs.deps.vault.unseal(row.config as Record<string, unknown>, {
        organizationId: jobs.userId,
        integrationId: row.id as string,
      }),
    ).toMatchObject({ access_token: 'new', refresh_token: `old-refresh-${row.id as string}` })
  })

  it('A token is refreshed a quarter of an hour before its end, or at half of a short life', async () => {
    expect(date((await refreshed('discord', { expires_in: 3600, refresh_token: 'r' })).next_refresh_at)).toBe(
      jobs.clock.ms + 46.5 * MINUTE,
    )
    await rig.sql('delete from integrations')
    expect(date((await refreshed('discord', { expires_in: 600, refresh_token: 'r' })).next_refresh_at)).toBe(
      jobs.clock.ms + 5.5 * MINUTE,
    )
  })

  it('A token without expires_in ends when its JWT does, or else after the documented time', async () => {
    const exp = Math.floor(jobs.clock.ms / 1000) + 1200
    const [header, payload] = [{ alg: 'none' }, { exp }].map(part =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    )
    const jwt = `${header}.${payload}.x`
    expect(date((await refreshed('discord', { access_token: jwt, refresh_token: 'r' })).expires_at)).toBe(exp * 1000)
    await rig.sql('delete from integrations')
    expect(date((await refreshed('spotify', {})).expires_at)).toBe(jobs.clock.ms + HOUR)
    await rig.sql('delete from integrations')
    expect((await refreshed('github', { refresh_token: 'r' })).expires_at).toBeNull()
  })

  it('A refresh token that would lapse unused is used before that', async () => {
    const row = await refreshed('github', { refresh_token: 'r', refresh_token_expires_in: (10 * DAY) / 1000 })
    expect(date(row.refresh_expires_at)).toBe(jobs.clock.ms + 10 * DAY)
    expect(date(row.next_refresh_at)).toBe(jobs.clock.ms + 5 * DAY)
    jobs.clock.ms += 5 * DAY
    expect((await run()).tokensRefreshed).toBe(1)
  })

  it('A stated end of a refresh token that does not rotate is the end of the grant', async () => {
    const row = await refreshed('google_gmail', { expires_in: 3600, refresh_token_expires_in: (3 * DAY) / 1000 })
    expect(date(row.grant_ends_at)).toBe(jobs.clock.ms + 3 * DAY)
  })

  it('A refusal by Spotify six months after consent is refresh_expired, not revoked', async () => {
    const id = await jobs.addRow('spotify', {
      columns: { consented_at: new Date(jobs.clock.ms - 183 * DAY), grant_ends_at: new Date(jobs.clock.ms - DAY) },
    })
    jobs.tokens.set('spotify', () => ({ status: 400, json: { error: 'invalid_grant' } }))
    await run()
    expect(await jobs.row(id)).toMatchObject({ status: 'needs_reauth', status_reason: 'refresh_expired' })
  })

  it('The audit log names the person who asked for a refresh, or the service for the cron', async () => {
    const id = await jobs.addRow('discord')
    await run()
    await refreshIntegration(jobs.deps, target(id), {
      by: { userId: jobs.userId, request: { id: 'request-7', address: '203.0.113.7' } },
    })
    expect(
      await rig.sql(
        `select actor_kind, actor_id, address from audit_log
        where integration_id = $1 and action = 'integration.refresh' order by id`,
        [id],
      ),
    ).toEqual([
      { actor_kind: 'service', actor_id: null, address: null },
      { actor_kind: 'user', actor_id: jobs.userId, address: '203.0.113.7' },
    ])
  })
}

function leases(): void {
  it('A worker whose lease was taken over neither sends nor saves', async () => {
    const { family, config } = rotating('discord')
    const id = await jobs.addRow('discord', { config })
    const [slow] = await jobs.deps.credentials.claimDue('discord', 1)
    jobs.clock.ms += 61_000
    expect(await run()).toMatchObject({ tokensRefreshed: 1 })
    const stale = {
      config: {},
      encryptionKeyId: 'k',
      grantedScopes: undefined,
      expiresAt: null,
      nextRefreshAt: null,
      refreshExpiresAt: null,
      grantEndsAt: null,
    }
    const journal = { status: 'in_flight', fingerprint: 'f', at: 'now' } as const
    await expect(slow!.renew(journal)).rejects.toThrow(LeaseLost)
    expect(await jobs.deps.credentials.save(slow!, stale, null)).toBe(false)
    await jobs.deps.credentials.release([slow!])
    expect([family.requests, family.reuses]).toEqual([1, 0])
    expect(Number((await jobs.row(id)).credential_version)).toBe(2)
  })

  it('A refresh that outlives its lease is saved, although another server called it lost', async () => {
    const { family, config } = rotating('discord')
    const id = await jobs.addRow('discord', { config })
    const { save } = jobs.deps.credentials
    let slow = true
    jobs.deps.credentials.save = async (...given) => {
      if (slow) {
        slow = false
        jobs.clock.ms += 61_000
        await refreshDue(jobs.replica(), BUDGET)
        expect(await jobs.row(id)).toMatchObject({ status: 'needs_reauth', status_reason: 'lost_rotation' })
      }
      return await save(...given)
    }
    expect(await run()).toMatchObject({ tokensRefreshed: 1 })
    expect(await jobs.row(id)).toMatchObject({
      status: 'active',
      status_reason: null,
      refresh_state: null,
      lease_owner: null,
    })
    expect(jobs.standIns.seen.filter(({ path }) => path.includes('revoke'))).toEqual([])
    await jobs.set(id, { next_refresh_at: new Date(jobs.clock.ms - 1) })
    expect(await run()).toMatchObject({ tokensRefreshed: 1 })
    expect([family.requests, family.reuses]).toEqual([2, 0])
  })

  it('A row that waited long in a worker\'s queue gets its full lease before the request', async () => {
    const id = await jobs.addRow('discord')
    const [lease] = await jobs.deps.credentials.claimDue('discord', 1)
    jobs.clock.ms += 59_000
    await lease!.renew({ status: 'in_flight', fingerprint: 'f', at: 'now' })
    expect(date((await jobs.row(id)).lease_until)).toBe(jobs.clock.ms + 60_000)
  })

  it('The next run takes over an abandoned lease, although its row was not due', async () => {
    const id = await jobs.addRow('discord', { columns: { next_refresh_at: new Date(jobs.clock.ms + DAY) } })
    const row = await jobs.deps.credentials.read(jobs.userId, id)
    await jobs.deps.credentials.lease(row!)
    expect(await run()).toMatchObject({ tokensChecked: 0 })
    jobs.clock.ms += 61_000
    expect(await run()).toMatchObject({ tokensRefreshed: 1 })
  })

  it('A refresh run releases at once what it does not get to', async () => {
    await Promise.all(Array.from({ length: 30 }, () => jobs.addRow('discord')))
    const start = jobs.clock.ms
    jobs.tokens.set('discord', () => {
      jobs.clock.ms = start + BUDGET
      return {
        json: {
          access_token: 'a',
          refresh_token: 'r',
          token_type: 'Bearer',
          expires_in: 7200,
        },
      }
    })
    const { tokensChecked, remaining } = await run()
    expect(tokensChecked + remaining).toBe(30)
    expect(remaining).toBeGreaterThan(0)
    const leased = 'select count(*)::int as leased from credential_state where lease_owner is not null'
    expect(await rig.sql(leased)).toEqual([{ leased: 0 }])
  })
}

function healthChecks(): void {
  const due = { next_check_at: new Date(0), next_refresh_at: null, expires_at: null }

  it('A health check finds the account and comes back in a day', async () => {
    const id = await jobs.addRow('discord', { columns: due })
    jobs.apis.set('discord', () => ({ json: { id: `account-${id}`, username: 'n' } }))
    expect(await maintain()).toMatchObject({ integrationsChecked: 1, integrationsRefused: 0 })
    const row = await jobs.row(id)
    expect(row).toMatchObject({ status: 'active', last_check_outcome: 'ok' })
    expect(date(row.last_checked_at)).toBe(jobs.clock.ms)
    expect(date(row.next_check_at)).toBe(jobs.clock.ms + DAY)
    expect(await maintain()).toMatchObject({ integrationsChecked: 0 })
  })

  it('A health check finds a token that was revoked at the platform before anyone needs it', async () => {
    const id = await jobs.addRow('discord', { columns: due })
    jobs.apis.set('discord', () => ({ status: 401 }))
    jobs.tokens.set('discord', () => ({ status: 400, json: { error: 'invalid_grant' } }))
    expect(await maintain()).toMatchObject({ integrationsRefused: 1 })
    expect(await jobs.row(id)).toMatchObject({
      status: 'needs_reauth',
      status_reason: 'revoked_or_expired',
      last_check_outcome: 'refused',
      next_check_at: null,
      next_refresh_at: null,
    })
  })

  it('A health check believes a refusal only when it continues after a refresh', async () => {
    const id = await jobs.addRow('discord', { columns: due })
    jobs.apis.set('discord', () => ({ status: 401 }))
    await maintain()
    expect(jobs.tokenRequests()).toBe(1)
    expect(await jobs.row(id)).toMatchObject({ status: 'needs_reauth', status_reason: 'revoked_by_user' })
  })

  it.each(DOUBTS)('A health check that gets %s leaves the grant alone', async (_what, answer, outcome, again) => {
    const id = await jobs.addRow('discord', { columns: due })
    jobs.apis.set('discord', () => answer)
    await maintain()
    const row = await jobs.row(id)
    expect(row).toMatchObject({ status: 'active', last_check_outcome: outcome })
    expect(date(row.next_check_at)).toBe(jobs.clock.ms + again)
  })

  it('A health check revives a grant that was given up by mistake, but none with a spent token', async () => {
    const { family, config } = rotating('discord')
    const id = await jobs.addRow('discord', {
      config,
      columns: { status: 'needs_reauth', status_reason: 'revoked_or_expired' },
    })
    jobs.apis.set('discord', () => ({ json: { id: `account-${id}`, username: 'n' } }))
    expect(await checkIntegration(jobs.deps, target(id))).toBe('ok')
    expect(await jobs.row(id)).toMatchObject({ status: 'active', status_reason: null })
    await jobs.set(id, { status: 'needs_reauth', status_reason: 'lost_rotation' })
    expect(await checkIntegration(jobs.deps, target(id))).toBe('refused')
    expect([family.requests, family.reuses]).toEqual([1, 0])
  })

  it('A health check is made once, however many runs compete for it', async () => {
    await Promise.all(Array.from({ length: 10 }, () => jobs.addRow('discord', { columns: due })))
    jobs.apis.set('discord', () => ({ status: 403 }))
    await Promise.all([jobs.deps, jobs.replica(), jobs.replica()].map(deps => runMaintenance(deps, BUDGET)))
    expect(jobs.standIns.seen).toHaveLength(10)
  })
}

function revocation(): void {
  const revocations = () => rig.sql('select outcome, attempts, config, integration_id from revocations')
  let said: number
  beforeEach(() => {
    jobs.apis.set('discord', ({ path }) => (path.endsWith('/revoke') ? { status: said } : { json: {} }))
  })

  it('Any deletion of an integration queues its tokens, still sealed, for revocation', async () => {
    const id = await jobs.addRow('discord')
    const { config } = await jobs.row(id)
    await rig.sql(`delete from integrations where id = '${id}'`)
    const { access_token, refresh_token } = config as Record<string, unknown>
    expect(await revocations()).toEqual([
      {
        outcome: 'pending',
        attempts: 0,
        integration_id: id,
        config: { access_token, refresh_token },
      },
    ])
    said = 200
    jobs.clock.ms += 1000
    expect(await maintain()).toMatchObject({ grantsEnded: 1 })
    expect(await revocations()).toMatchObject([{ outcome: 'revoked', config: null }])
    expect(new URLSearchParams(jobs.standIns.seen[0]!.body).get('token')).toBe(`old-refresh-${id}`)
  })

  it('A revocation is tried again with back-off after a 503, and by only one of many runs', async () => {
    await rig.sql(`delete from integrations where id = '${await jobs.addRow('discord')}'`)
    said = 503
    jobs.clock.ms += 1000
    expect(await maintain()).toMatchObject({ grantsWaiting: 1 })
    expect(await maintain()).toMatchObject({ grantsWaiting: 0 })
    jobs.clock.ms += 10 * MINUTE
    said = 200
    await Promise.all([jobs.deps, jobs.replica()].map(deps => runMaintenance(deps, BUDGET)))
    expect(jobs.standIns.seen).toHaveLength(2)
    expect(await revocations()).toMatchObject([{ outcome: 'revoked', attempts: 2, config: null }])
  })

  it('A revocation is given up after a week: its tokens are erased, and the audit log says so', async () => {
    const id = await jobs.addRow('discord')
    await rig.sql(`delete from integrations where id = '${id}'`)
    said = 503
    for (let day = 0; day < 8; day++) {
      jobs.clock.ms += DAY
      await maintain()
    }
    expect(await revocations()).toMatchObject([{ outcome: 'failed', config: null }])
    expect(
      await rig.sql(
        `select outcome, details from audit_log
        where integration_id = $1 and action = 'integration.revoke' order by id`,
        [id],
      ),
    ).toEqual([
      { outcome: 'failure', details: { revocation: 'queued' } },
      { outcome: 'failure', details: { revocation: 'failed' } },
    ])
    jobs.clock.ms += 31 * DAY
    expect(await maintain()).toMatchObject({ recordsDeleted: 1 })
  })

  it('A revocation that would end other grants is left to the last integration of the account', async () => {
    const neighbor = await signUp(rig)
    const id = await jobs.addRow('discord')
    await rig.sql(
      `insert into integrations (organization_id, integration_type, name, external_account_id)
      values ('${neighbor.id}', 'discord', 'n', 'account-${id}')`,
    )
    await rig.sql(`delete from integrations where id = '${id}'`)
    jobs.clock.ms += 1000
    await maintain()
    expect(await revocations()).toMatchObject([{ integration_id: id, outcome: 'still_shared', config: null }])
    expect(jobs.standIns.seen).toEqual([])
  })

  it('A revocation at a platform that cannot revoke, such as Spotify, is not attempted', async () => {
    await rig.sql(`delete from integrations where id = '${await jobs.addRow('spotify')}'`)
    jobs.clock.ms += 1000
    await maintain()
    expect(await revocations()).toMatchObject([{ outcome: 'not_supported', config: null }])
  })
}

onBothDatabases('the life of a credential', (start) => {
  useJobRig(start, ['integrations', 'revocations', 'breakers'], (rigs) => {
    ;({ rig, jobs } = rigs)
  })
  describe('a reader', readers)
  describe('a loan', loans)
  describe('a token endpoint that misbehaves', endpoints)
  describe('an outage', outages)
  describe('what a refresh brings', refreshes)
  describe('leases', leases)
  describe('a health check', healthChecks)
  describe('ending a grant', revocation)
})
