import type { SeenRequest, StandInAnswer } from './stand-ins.ts'

/**
 * Platforms as their documentation describes them: pages, etags, cursors that grow old. What they hold, a test
 * changes.
 */

export class SpotifyApi {
  plays: { at: number, uri: string }[] = []
  top = ['t1', 't2', 't3']

  answer(request: SeenRequest): StandInAnswer {
    if (request.path === '/v1/me/player/recently-played') {
      if (request.query.has('after') && request.query.has('before'))
        return { status: 400, json: { error: { status: 400, message: 'Bad request' } } }
      const after = Number(request.query.get('after') ?? 0)
      const limit = Number(request.query.get('limit') ?? 20)
      const found = this.plays
        .filter(({ at }) => at > after)
        .sort((a, b) => a.at - b.at)
        .slice(0, limit)
        .reverse()
      const last = found[0]
      return {
        json: {
          href: 'x',
          limit,
          next:
            last && this.plays.some(({ at }) => at > last.at)
              ? `https://api.spotify.com/v1/me/player/recently-played?after=${last.at}`
              : null,
          cursors: last ? { after: String(last.at), before: String(found.at(-1)!.at) } : null,
          items: found.map(({ at, uri }) => ({
            track: { id: uri, uri, name: uri },
            played_at: new Date(at).toISOString(),
            context: null,
          })),
        },
      }
    }
    if (request.path === '/v1/me/top/tracks')
      return {
        json: {
          items: this.top.map(name => ({ id: name, name, uri: name })),
          next: null,
          total: this.top.length,
          limit: 50,
          offset: 0,
        },
      }
    return { status: 404, json: { error: { status: 404, message: 'Not found' } } }
  }
}

export class GitHubApi {
  login = 'octocat'
  repos: { id: number, full_name: string, pushed_at: string, [more: string]: unknown }[] = []
  events: { id: string, type: string, created_at: string }[] = []
  pageSize = 100
  /** More paths, each with its answer. */
  more: Record<string, StandInAnswer> = {}

  answer(request: SeenRequest): StandInAnswer {
    if (request.headers['x-github-api-version'] === undefined) return { status: 400, json: { message: 'no version' } }
    const given = this.more[request.path]
    if (given) return given
    if (request.path === '/user') return { json: { id: 1, login: this.login } }
    if (request.path === '/user/repos') return this.#pages(request, [...this.repos].reverse())
    if (request.path === `/users/${this.login}/events`) return this.#pages(request, [...this.events].reverse())
    return { status: 404, json: { message: 'Not Found' } }
  }

  #pages(request: SeenRequest, all: unknown[]): StandInAnswer {
    const page = Number(request.query.get('page') ?? 1)
    const items = all.slice((page - 1) * this.pageSize, page * this.pageSize)
    const etag = `"${Buffer.from(JSON.stringify(items)).toString('base64').slice(-40)}-${items.length}"`
    const rate = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4000',
      'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 3000),
    }
    if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag, ...rate } }
    const more = page * this.pageSize < all.length
    return {
      json: items,
      headers: {
        etag,
        ...rate,
        ...(more
          ? {
              link: `<https://api.github.com${request.path}?page=${page + 1}&per_page=${this.pageSize}>; rel="next", <https://api.github.com${request.path}?page=9>; rel="last"`,
            }
          : {}),
      },
    }
  }
}

export class GmailApi {
  /** In the order of arrival; each has a history id of its own. */
  messages: string[] = []
  #pageSize = 10
  /** Histories before this are gone. */
  oldest = 0

  answer(request: SeenRequest): StandInAnswer {
    const path = request.path.replace('/gmail/v1/users/me', '')
    if (path === '/profile') return { json: { emailAddress: 'a@b.test', historyId: String(this.messages.length) } }
    if (path === '/messages') {
      const from = Number(request.query.get('pageToken') ?? 0)
      const newest = [...this.messages].reverse()
      return {
        json: {
          messages: newest.slice(from, from + this.#pageSize).map(id => ({ id, threadId: id })),
          ...(from + this.#pageSize < newest.length ? { nextPageToken: String(from + this.#pageSize) } : {}),
        },
      }
    }
    if (path === '/history') {
      const start = Number(request.query.get('startHistoryId'))
      if (start < this.oldest)
        return { status: 404, json: { error: { code: 404, message: 'Requested entity was not found.' } } }
      const added = this.messages.slice(start)
      return {
        json: {
          historyId: String(this.messages.length),
          ...(added.length
            ? { history: added.map(id => ({ id: 'h', messagesAdded: [{ message: { id, threadId: id } }] })) }
            : {}),
        },
      }
    }
    const id = /^\/messages\/(.+)$/.exec(path)?.[1]
    if (id && this.messages.includes(id))
      return {
        json: {
          id,
          threadId: id,
          labelIds: ['INBOX'],
          internalDate: String(1_700_000_000_000 + this.messages.indexOf(id) * 1000),
          payload: { headers: [] },
        },
      }
    return { status: 404, json: { error: { code: 404 } } }
  }
}

export class CalendarApi {
  events: { id: string, summary: string, version: number }[] = []
  #version = 0
  pageSize = 10
  oldest = 0

  put(id: string, summary: string): void {
    this.events = [...this.events.filter(event => event.id !== id), { id, summary, version: ++this.#version }]
  }

  answer(request: SeenRequest): StandInAnswer {
    if (request.path !== '/calendar/v3/calendars/primary/events') return { status: 404, json: { error: { code: 404 } } }
    const sync = request.query.get('syncToken')
    if (sync !== null && Number(sync) < this.oldest)
      return { status: 410, json: { error: { code: 410, errors: [{ reason: 'fullSyncRequired' }] } } }
    const all = this.events.filter(({ version }) => version > Number(sync ?? 0))
    const from = Number(request.query.get('pageToken') ?? 0)
    const more = from + this.pageSize < all.length
    return {
      json: {
        kind: 'calendar#events',
        items: all
          .slice(from, from + this.pageSize)
          .map(({ id, summary }) => ({
            id,
            summary,
            status: 'confirmed',
            start: { dateTime: '2026-11-20T10:00:00+01:00' },
          })),
        ...(more ? { nextPageToken: String(from + this.pageSize) } : { nextSyncToken: String(this.#version) }),
      },
    }
  }
}
