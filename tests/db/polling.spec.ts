import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { LeaseLost } from '../../server/domain/lease.ts'
import { pollDue } from '../../server/usecases/polling/poll-due.ts'
import { runMaintenance } from '../../server/usecases/run-maintenance.ts'
import type { JobRig } from '../../rigs/job-rig.ts'
import { onBothDatabases, useJobRig } from '../../rigs/on-both-databases.ts'
import { CalendarApi, GitHubApi, GmailApi, SpotifyApi } from '../../rigs/platform-apis.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'
import { signUp } from '../../rigs/rest-user.ts'
import type { SeenRequest, StandInAnswer } from '../../rigs/stand-ins.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BUDGET = 30 * MINUTE

let rig: SupabaseRig
let jobs: JobRig

const alive = () => ({ columns: { expires_at: new Date(jobs.clock.ms + 30 * DAY), next_refresh_at: null } })
const poll = () => pollDue(jobs.deps, BUDGET)
const later = async (ms = 31 * MINUTE) => {
  jobs.clock.ms += ms
  jobs.standIns.seen.length = 0
  return await poll()
}
const items = async (id: string, endpoint: string) =>
  await rig.sql(
    `select external_id, data, first_seen_at, changed_at from user_platform_data
    where integration_id = $1 and endpoint = $2 order by external_id`,
    [id, endpoint],
  )
const state = async (id: string, endpoint: string) =>
  (await rig.sql('select * from poll_sources where integration_id = $1 and endpoint = $2', [id, endpoint]))[0]!
const outcomes = (run: Awaited<ReturnType<typeof poll>>) =>
  Object.fromEntries(
    run.results.flatMap(({ results }) => results.map(({ endpoint, outcome }) => [endpoint, outcome])),
  )
const serve = (type: string, api: { answer(request: SeenRequest): StandInAnswer }) =>
  jobs.apis.set(type, request => api.answer(request))

function news(): void {
  it('Polling Spotify stores each play once, asks only for new ones, and replaces the rankings', async () => {
    const api = new SpotifyApi()
    api.plays = Array.from({ length: 70 }, (_, n) => ({ at: jobs.clock.ms - HOUR + n * 1000, uri: `track-${n % 7}` }))
    serve('spotify', api)
    const id = await jobs.addRow('spotify', alive())
    expect(outcomes(await poll())).toEqual({ recently_played: 'ok', top_tracks: 'ok' })
    expect(await items(id, 'recently_played')).toHaveLength(70)
    expect(await items(id, 'top_tracks')).toHaveLength(9)
    api.plays.push({ at: jobs.clock.ms + MINUTE, uri: 'track-new' })
    api.top = ['t9', 't1']
    await later()
    expect(await items(id, 'recently_played')).toHaveLength(71)
    expect(jobs.standIns.requests('/v1/me/player/recently-played').map(({ query }) => query.get('after'))).toEqual([
      String(api.plays[69]!.at),
    ])
    expect(
      (await items(id, 'top_tracks')).map(({ data }) => (data as { track: { name: string } }).track.name),
    ).toEqual(['t9', 't1', 't9', 't1', 't9', 't1'])
    expect((await jobs.row(id)).last_sync).not.toBeNull()
  })

  it('Polling GitHub reads all pages once, and then only what changed or is gone', async () => {
    const api = new GitHubApi()
    api.pageSize = 2
    api.repos = Array.from({ length: 5 }, (_, n) => ({
      id: n + 1,
      full_name: `o/r${n}`,
      pushed_at: '2026-11-01T00:00:00Z',
    }))
    api.events = [{ id: 'e1', type: 'PushEvent', created_at: '2026-11-20T00:00:00Z' }]
    serve('github', api)
    const id = await jobs.addRow('github', alive())
    await poll()
    expect(await items(id, 'repos')).toHaveLength(5)
    expect(outcomes(await later())).toEqual({ repos: 'unchanged', events: 'unchanged' })
    expect(jobs.standIns.seen.map(({ path }) => path)).toEqual(['/user/repos', '/users/octocat/events'])
    const first = (await items(id, 'repos'))[4]!
    api.repos = [
      ...api.repos.slice(1),
      { ...api.repos[0]!, full_name: 'o/renamed', pushed_at: '2026-11-21T00:00:00Z' },
    ].slice(1)
    api.events.push({ id: 'e2', type: 'IssuesEvent', created_at: '2026-11-21T00:00:00Z' })
    expect(outcomes(await later())).toEqual({ repos: 'ok', events: 'ok' })
    const now = await items(id, 'repos')
    expect(now.map(({ data }) => (data as { full_name: string }).full_name)).toEqual([
      'o/renamed',
      'o/r2',
      'o/r3',
      'o/r4',
    ])
    expect(now[3]!.changed_at).toEqual(first.changed_at)
    expect(await items(id, 'events')).toHaveLength(2)
    expect(await state(id, 'repos')).toMatchObject({
      item_count: expect.toSatisfy(count => Number(count) === 4) as unknown,
    })
  })

  it('Polling GitHub finds a repository that was deleted without a trace once a day', async () => {
    const api = new GitHubApi()
    api.pageSize = 2
    api.repos = Array.from({ length: 5 }, (_, n) => ({
      id: n + 1,
      full_name: `o/r${n}`,
      pushed_at: '2026-11-01T00:00:00Z',
    }))
    serve('github', api)
    const id = await jobs.addRow('github', alive())
    await poll()
    api.repos.shift()
    await later()
    expect(await items(id, 'repos')).toHaveLength(5)
    await later(DAY)
    expect(await items(id, 'repos')).toHaveLength(4)
  })
}

function positions(): void {
  it('Polling Gmail reads everything once, then the history, and everything again if that is old', async () => {
    const api = new GmailApi()
    api.messages = Array.from({ length: 25 }, (_, n) => `m${n}`)
    serve('google_gmail', api)
    const id = await jobs.addRow('google_gmail', alive())
    await poll()
    expect(await items(id, 'messages')).toHaveLength(25)
    expect(outcomes(await later())).toEqual({ messages: 'unchanged' })
    expect(jobs.standIns.seen).toHaveLength(1)
    api.messages.push('m25')
    await later()
    expect(jobs.standIns.seen.map(({ path }) => path.split('/').at(-1))).toEqual(['history', 'm25'])
    api.messages.push('m26')
    api.oldest = 27
    await later()
    expect(await items(id, 'messages')).toHaveLength(27)
  })

  it('Polling Calendar follows a sync token, and starts over when the token is too old', async () => {
    const api = new CalendarApi()
    for (let n = 0; n < 23; n++) api.put(`e${String(n).padStart(2, '0')}`, 'old')
    serve('google_calendar', api)
    const id = await jobs.addRow('google_calendar', alive())
    await poll()
    expect(await items(id, 'events')).toHaveLength(23)
    expect(outcomes(await later())).toEqual({ events: 'unchanged' })
    api.put('e05', 'new')
    await later()
    expect((await items(id, 'events'))[5]!.data).toMatchObject({ summary: 'new' })
    api.put('e99', 'more')
    api.oldest = 99
    await later()
    expect(await items(id, 'events')).toHaveLength(24)
  })

  it('Polling YouTube and Discord stores what exists and notices unchanged and removed videos', async () => {
    let videos = ['v1', 'v2', 'v3']
    jobs.apis.set('youtube', ({ query, headers }) => {
      const from = Number(query.get('pageToken') ?? 0)
      const etag = `etag-${videos.join()}`
      if (headers['if-none-match'] === etag) return { status: 304 }
      return {
        json: {
          kind: 'x',
          etag,
          items: videos.slice(from, from + 2).map(video => ({ id: video, snippet: {} })),
          ...(from + 2 < videos.length ? { nextPageToken: String(from + 2) } : {}),
        },
      }
    })
    jobs.apis.set('discord', () => ({ json: [{ id: '9', name: 'g', permissions: '0' }] }))
    const youtube = await jobs.addRow('youtube', alive())
    const discord = await jobs.addRow('discord', alive())
    expect(outcomes(await poll())).toEqual({ liked_videos: 'ok', user_guilds: 'ok' })
    expect(await items(youtube, 'liked_videos')).toHaveLength(3)
    expect(await items(discord, 'user_guilds')).toHaveLength(1)
    expect(outcomes(await later()).liked_videos).toBe('unchanged')
    videos = ['v3']
    await later()
    expect((await items(youtube, 'liked_videos')).map(({ external_id: id }) => id)).toEqual(['v3'])
  })
}

function manners(): void {
  it('Retry-After stops every server and every integration of an app that is counted as one', async () => {
    let asked = 0
    jobs.apis.set('spotify', () => {
      asked++
      return { status: 429, headers: { 'retry-after': '600' }, json: { error: { status: 429 } } }
    })
    const ids = await Promise.all([1, 2, 3].map(() => jobs.addRow('spotify', alive())))
    const run = await poll()
    expect(asked).toBeLessThanOrEqual(3)
    expect(run.pollsFailed).toBe(6)
    expect(await state(ids[0]!, 'recently_played')).toMatchObject({
      last_outcome: 'rate_limited',
      last_error: expect.stringContaining('asked us to slow down until') as string,
    })
    asked = 0
    await rig.sql('update poll_jobs set next_poll_at = now() - interval \'1 day\'')
    // They do not wait each for itself: one that was never polled waits, too.
    await rig.sql('update poll_sources set next_attempt_at = null')
    await jobs.addRow('spotify', alive())
    await pollDue(jobs.replica(), BUDGET)
    expect(asked).toBe(0)
    const api = new SpotifyApi()
    serve('spotify', api)
    expect(outcomes(await later())).toEqual({ recently_played: 'ok', top_tracks: 'ok' })
  })

  it('Where a platform counts each account, one that has to wait does not stop another', async () => {
    const api = new GitHubApi()
    const [slow, quick] = [await jobs.addRow('github', alive()), await jobs.addRow('github', alive())]
    const token = (await jobs.open(slow)).access_token
    jobs.apis.set('github', request =>
      request.headers.authorization === `Bearer ${String(token)}`
        ? {
            status: 403,
            headers: {
              'x-ratelimit-remaining': '0',
              'x-ratelimit-reset': String(Math.floor(jobs.clock.ms / 1000) + 3600),
            },
            json: { message: 'API rate limit exceeded' },
          }
        : api.answer(request),
    )
    await poll()
    expect((await state(slow, 'repos')).last_outcome).toBe('rate_limited')
    expect((await state(quick, 'repos')).last_outcome).toBe('ok')
  })

  it('A poll sends no request after the last one that the platform allows', async () => {
    const api = new GitHubApi()
    jobs.apis.set('github', request => ({
      ...api.answer(request),
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(jobs.clock.ms / 1000) + 1800) },
    }))
    const id = await jobs.addRow('github', alive())
    await poll()
    expect(jobs.standIns.seen.map(({ path }) => path)).toEqual(['/user/repos'])
    expect((await state(id, 'events')).last_outcome).toBe('rate_limited')
  })

  it('All servers together keep the pace of the platform', async () => {
    const times: number[] = []
    jobs.apis.set('spotify', (request) => {
      times.push(jobs.clock.ms)
      return new SpotifyApi().answer(request)
    })
    await Promise.all(Array.from({ length: 6 }, () => jobs.addRow('spotify', alive())))
    const began = jobs.clock.ms
    await poll()
    // At five a second, the database has reserved at least 200 ms per request.
    const [{ ahead }] = (await rig.sql(
      'select extract(epoch from next_at) * 1000 as ahead from platform_limits where key = \'spotify\'',
    )) as [{ ahead: string }]
    expect(Number(ahead) - began).toBeGreaterThanOrEqual(times.length * 200)
  })

  it('No more integrations of a platform are polled at once than it allows, by all servers', async () => {
    await Promise.all(Array.from({ length: 12 }, () => jobs.addRow('spotify', alive())))
    const claims = await Promise.all(
      Array.from({ length: 4 }, () =>
        jobs.deps.polls.claimDue('spotify', { limit: 4, concurrency: 5 }),
      ),
    )
    expect(claims.flat()).toHaveLength(5)
    jobs.clock.ms += 121_000
    expect(
      await jobs.deps.polls.claimDue('spotify', { limit: 20, concurrency: 5 }),
    ).toHaveLength(5)
  })
}

function refusals(): void {
  it('A 401 in a poll causes one refresh, and the sources that were done are not asked again', async () => {
    const api = new GitHubApi()
    let refused = 0
    jobs.apis.set('github', (request) => {
      if (request.path.endsWith('/events') && request.headers.authorization?.includes('old-access')) {
        refused++
        return { status: 401, json: { message: 'Bad credentials' } }
      }
      return api.answer(request)
    })
    const id = await jobs.addRow('github', alive())
    expect(outcomes(await poll())).toEqual({ repos: 'ok', events: 'ok' })
    expect([refused, jobs.tokenRequests()]).toEqual([1, 1])
    expect(jobs.standIns.requests('/user/repos')).toHaveLength(1)
    expect((await jobs.row(id)).status).toBe('active')
  })

  it('A 403 in a poll names the missing scope, and the other endpoint goes on', async () => {
    const api = new SpotifyApi()
    jobs.apis.set('spotify', request =>
      request.path.includes('top')
        ? { status: 403, json: { error: { status: 403, message: 'Insufficient client scope' } } }
        : api.answer(request),
    )
    const id = await jobs.addRow('spotify', alive())
    expect(outcomes(await poll())).toEqual({ recently_played: 'ok', top_tracks: 'forbidden' })
    expect((await state(id, 'top_tracks')).last_error).toContain('user-top-read')
  })

  it('A source that keeps failing is polled less and less', async () => {
    jobs.apis.set('discord', () => ({ status: 500, json: {} }))
    await jobs.addRow('discord', alive())
    const asked: boolean[] = []
    for (let n = 0; n < 14; n++) {
      await later()
      asked.push(jobs.standIns.seen.length > 0)
    }
    expect(asked.slice(0, 3)).toContain(true)
    expect(asked.filter(Boolean).length).toBeLessThan(12)
  })
}

function misbehavior(): void {
  it('A platform that hangs delays its own rows only', async () => {
    jobs.apis.set('discord', () => new Promise<StandInAnswer>(() => undefined))
    serve('spotify', new SpotifyApi())
    const [hanging, fine] = [await jobs.addRow('discord', alive()), await jobs.addRow('spotify', alive())]
    await poll()
    expect((await state(hanging, 'user_guilds')).last_outcome).toBe('unavailable')
    expect((await state(fine, 'recently_played')).last_outcome).toBe('ok')
  })

  it('An answer of a gigabyte is not kept, even when it is packed into a megabyte', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 32))
    jobs.apis.set('discord', () => ({
      raw: (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        response.end(bomb)
      },
    }))
    jobs.apis.set('spotify', () => ({
      raw: (response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const chunk = Buffer.alloc(1024 * 1024, 32)
        const send = () => {
          while (response.writable && !response.destroyed && response.write(chunk));
        }
        response.on('drain', send)
        send()
      },
    }))
    const [packed, plain] = [await jobs.addRow('discord', alive()), await jobs.addRow('spotify', alive())]
    await poll()
    expect((await state(packed, 'user_guilds')).last_outcome).toBe('unexpected')
    expect((await state(plain, 'top_tracks')).last_outcome).toMatch(/unexpected|unavailable/)
  })

  it('An answer of 100,000 items where 200 were asked for is refused, and nothing is kept', async () => {
    jobs.apis.set('discord', () => ({ json: Array.from({ length: 100_000 }, (_, n) => ({ id: String(n) })) }))
    const id = await jobs.addRow('discord', alive())
    await poll()
    expect((await state(id, 'user_guilds')).last_outcome).toBe('unexpected')
    expect(await items(id, 'user_guilds')).toEqual([])
  })

  it('An access token that the platform repeats in its answer is not kept', async () => {
    jobs.apis.set('discord', request => ({ json: [{ id: '1', echo: request.headers.authorization }] }))
    const id = await jobs.addRow('discord', alive())
    await poll()
    expect(JSON.stringify(await items(id, 'user_guilds'))).toContain('Bearer [the access token]')
  })

  it('Text that no database takes is cleaned, and the rest of the answer is kept', async () => {
    const half = '\ud83d'
    jobs.apis.set('discord', request => ({
      text: JSON.stringify([
        {
          id: '1',
          name: `nul \0 and half ${half}`,
          [`key\0`]: { deep: ['\0'] },
          echo: request.headers.authorization,
        },
        { id: '', name: 'without an id' },
        { id: '2' },
      ]).replaceAll('old-access', 'old\\u002daccess'),
      headers: { 'content-type': 'application/json' },
    }))
    const id = await jobs.addRow('discord', alive())
    expect(outcomes(await poll())).toEqual({ user_guilds: 'ok' })
    expect(await items(id, 'user_guilds')).toEqual([
      expect.objectContaining({
        external_id: '1',
        data: {
          id: '1',
          name: 'nul  and half \ufffd',
          key: { deep: [''] },
          echo: 'Bearer [the access token]',
        },
      }),
      expect.objectContaining({ external_id: '2' }),
    ])
  })

  it('A poll of endless pages is bounded, and the next run goes on where it stopped', async () => {
    jobs.apis.set('google_calendar', ({ query }) => {
      const page = Number(query.get('pageToken') ?? 0)
      return { json: { items: [{ id: `e${page}` }], nextPageToken: String(page + 1) } }
    })
    const id = await jobs.addRow('google_calendar', alive())
    expect(outcomes(await poll())).toEqual({ events: 'partial' })
    expect(await items(id, 'events')).toHaveLength(20)
    await later(2 * MINUTE)
    expect(await items(id, 'events')).toHaveLength(40)
  })
}

function workers(): void {
  it('Two workers on one queue poll each row once', async () => {
    serve('discord', { answer: () => ({ json: [{ id: '1' }] }) })
    await Promise.all(Array.from({ length: 20 }, () => jobs.addRow('discord', alive())))
    const runs = await Promise.all([pollDue(jobs.deps, BUDGET), pollDue(jobs.replica(), BUDGET)])
    expect(runs.reduce((sum, { platformCount }) => sum + platformCount, 0)).toBe(20)
    expect(jobs.standIns.seen).toHaveLength(20)
  })

  it('A poll worker that lost its lease saves neither items nor position', async () => {
    const id = await jobs.addRow('discord', alive())
    const target = { organizationId: jobs.userId, id }
    const lost = (await jobs.deps.polls.lease(target))!
    expect(await jobs.deps.polls.lease(target)).toBeNull()
    await lost.renew()
    jobs.clock.ms += 121_000
    expect(await jobs.deps.polls.lease(target)).not.toBeNull()
    await expect(lost.renew()).rejects.toThrow(LeaseLost)
    const page = {
      endpoint: 'user_guilds',
      mirrored: true,
      items: [{ externalId: '1', occurredAt: undefined, data: {} }],
      position: { at: { after: 'x' } },
      completeSince: null,
    }
    await expect(jobs.deps.polls.savePage(lost, page)).rejects.toThrow(LeaseLost)
    expect(await jobs.deps.polls.finish(lost, [], jobs.deps.now())).toBe(false)
    expect(await items(id, 'user_guilds')).toEqual([])
  })

  it('A poll that is cut off between two pages is continued from the page that was saved', async () => {
    const api = new CalendarApi()
    for (let n = 0; n < 25; n++) api.put(`e${n}`, 'x')
    let pages = 0
    jobs.apis.set('google_calendar', (request) => {
      if (++pages === 2) throw new Error('the end of this process')
      return api.answer(request)
    })
    const id = await jobs.addRow('google_calendar', alive())
    const broken = {
      ...jobs.deps,
      fetch: (async (url, init) => {
        if (pages === 1) throw new DOMException('killed', 'AbortError')
        return await jobs.deps.fetch(url, init)
      }) as typeof jobs.deps.fetch,
    }
    await pollDue(broken, BUDGET)
    expect(await items(id, 'events')).toHaveLength(10)
    expect((await state(id, 'events')).position).toMatchObject({ at: { page: '10' } })
    pages = 10
    await later(HOUR)
    expect(jobs.standIns.seen[0]!.query.get('pageToken')).toBe('10')
    expect(await items(id, 'events')).toHaveLength(25)
  })
}

function surroundings(): void {
  it('Integrations that are paused, turned off or to be reconnected are not polled', async () => {
    serve('spotify', new SpotifyApi())
    const [paused, off, dead, one] = await Promise.all([1, 2, 3, 4].map(() => jobs.addRow('spotify', alive())))
    await jobs.set(paused!, { status: 'paused' })
    await jobs.set(dead!, { status: 'needs_reauth' })
    await rig.sql('update poll_jobs set paused = true where integration_id = $1', [off])
    await rig.sql(
      `insert into poll_sources (integration_id, endpoint, organization_id, enabled)
      values ($1, 'top_tracks', $2, false)`,
      [one, jobs.userId],
    )
    const run = await poll()
    expect(run.results).toMatchObject([
      { userId: jobs.userId, platform: 'spotify', results: [expect.objectContaining({ endpoint: 'recently_played' })] },
    ])
    await jobs.set(dead!, { status: 'active' })
    jobs.clock.ms += 20 * MINUTE
    expect((await poll()).platformCount).toBe(1)
  })

  it('The answer of polling to a scheduler has the fields that it always had', async () => {
    serve('spotify', new SpotifyApi())
    await jobs.addRow('spotify', alive())
    expect(await pollDue(jobs.deps, BUDGET)).toEqual({
      success: true,
      userCount: 1,
      platformCount: 1,
      pollsSuccessful: 2,
      pollsFailed: 0,
      remaining: 0,
      timestamp: expect.any(String) as string,
      cronType: 'platform-polling',
      results: [
        {
          userId: jobs.userId,
          platform: 'spotify',
          success: true,
          results: [
            {
              endpoint: 'recently_played',
              success: true,
              itemCount: 0,
              outcome: 'ok',
              error: null,
            },
            {
              endpoint: 'top_tracks',
              success: true,
              itemCount: 9,
              outcome: 'ok',
              error: null,
            },
          ],
        },
      ],
    })
  })

  it('Events older than their retention are deleted, and mirrors stay', async () => {
    const api = new SpotifyApi()
    api.plays = [
      { at: jobs.clock.ms - 100 * DAY, uri: 'old' },
      { at: jobs.clock.ms - DAY, uri: 'new' },
    ]
    serve('spotify', api)
    const id = await jobs.addRow('spotify', alive())
    await poll()
    jobs.clock.ms += 2 * DAY
    expect(await runMaintenance(jobs.deps, BUDGET)).toMatchObject({ itemsDeleted: 1 })
    expect(await items(id, 'recently_played')).toHaveLength(1)
    expect(await items(id, 'top_tracks')).toHaveLength(9)
  })
}

function strangers(): void {
  it('Strangers can neither read nor delete polled data, nor change the settings of polling', async () => {
    serve('discord', { answer: () => ({ json: [{ id: '1', secret_plan: 'x' }] }) })
    const id = await jobs.addRow('discord', alive())
    await poll()
    const stranger = await signUp(rig)
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await rig.fetch(`/rest/v1/${path}`, {
        ...init,
        headers: {
          'apikey': rig.keys.publishable,
          'authorization': `Bearer ${stranger.token}`,
          'content-type': 'application/json',
          'prefer': 'return=representation',
        },
      })
      return { status: response.status, body: (await response.json()) as unknown }
    }
    for (const table of ['user_platform_data', 'poll_sources', 'poll_jobs'])
      expect((await ask(`${table}?select=*`)).body).toEqual([])
    expect(
      (
        await ask('rpc/list_platform_data', {
          method: 'POST',
          body: JSON.stringify({
            p_integration_id: id,
            p_endpoint: null,
            p_before_at: null,
            p_before_id: null,
            p_limit: 10,
          }),
        })
      ).body,
    ).toEqual([])
    for (const [name, body] of [
      ['delete_platform_data', { p_endpoint: null }],
      ['update_polling', { p_patch: { paused: true } }],
    ] as const) {
      expect(
        (
          await ask(`rpc/${name}`, {
            method: 'POST',
            body: JSON.stringify({
              p_organization_id: jobs.userId,
              p_integration_id: id,
              p_request: {},
              ...body,
            }),
          })
        ).status,
      ).toBeGreaterThanOrEqual(400)
    }
    expect((await ask('user_platform_data', { method: 'DELETE' })).status).toBeGreaterThanOrEqual(400)
    expect((await ask('rpc/save_poll_page', { method: 'POST', body: '{}' })).status).toBeGreaterThanOrEqual(400)
    expect(await items(id, 'user_guilds')).toHaveLength(1)
  })
}

onBothDatabases('polling', (start) => {
  useJobRig(start, ['integrations', 'platform_limits'], (rigs) => {
    ;({ rig, jobs } = rigs)
  })
  describe('what is new', news)
  describe('positions in what is new', positions)
  describe('good manners', manners)
  describe('refusals', refusals)
  describe('a platform that misbehaves', misbehavior)
  describe('workers', workers)
  describe('what surrounds a poll', surroundings)
  describe('strangers', strangers)
})
