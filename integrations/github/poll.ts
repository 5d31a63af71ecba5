import * as z from 'zod'
import {
  afterPage,
  etagOf,
  isoTime,
  nextLink,
  type Source,
  type PollItem,
  type PollPage,
  type Position,
} from '../poll.ts'
import type { PlatformClient } from '../platform.ts'

export const GITHUB_API = 'https://api.github.com'
export const GITHUB_HEADERS = { 'accept': 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

const User = z.object({ login: z.string() })
const Repos = z.array(z.looseObject({ id: z.number(), pushed_at: z.string().nullish() }))
const Events = z.array(z.looseObject({ id: z.string(), created_at: z.string() }))

/** Pages by Link header, with the etag of the first. An unchanged list costs one request, which does not count. */
async function linkedPages<T>(
  client: PlatformClient,
  first: string,
  position: Position | undefined,
  schema: z.ZodType<T>,
  itemsOf: (body: T) => PollItem[],
): Promise<PollPage | 'unchanged'> {
  const answer = position?.page
    ? await client.get(String(position.page), schema, { headers: GITHUB_HEADERS })
    : await client.get(first, schema, { headers: GITHUB_HEADERS, etag: etagOf(position) })
  if (!answer) return 'unchanged'
  return {
    items: itemsOf(answer.body),
    ...afterPage(position, nextLink(answer.headers.get('link'), GITHUB_API), answer.headers.get('etag')),
  }
}

/** Sorted by the last change, so that a change of any repository changes the first page. */
const repos: Source = {
  id: 'repos',
  title: 'Repositories',
  description: 'Every repository that the account can see.',
  kind: 'mirror',
  scopes: ['repo'],
  fetchPage: (client, position) =>
    linkedPages(client, `${GITHUB_API}/user/repos?sort=updated&direction=desc&per_page=100`, position, Repos, found =>
      found.map(repo => ({ id: String(repo.id), at: isoTime(repo.pushed_at), data: repo })),
    ),
}

/** GitHub gives at most 300 events of recent days, so older ones are never fetched. */
const events: Source = {
  id: 'events',
  title: 'Events',
  description: 'What the account did: pushes, issues, reviews.',
  kind: 'events',
  scopes: ['read:user'],
  async fetchPage(client, position) {
    // Asked for once, because the position keeps it.
    const login = position?.login
      ? String(position.login)
      : (await client.get(`${GITHUB_API}/user`, User, { headers: GITHUB_HEADERS })).body.login
    const page = await linkedPages(
      client,
      `${GITHUB_API}/users/${encodeURIComponent(login)}/events?per_page=100`,
      position,
      Events,
      found => found.map(event => ({ id: event.id, at: isoTime(event.created_at), data: event })),
    )
    return page === 'unchanged' ? page : { ...page, position: { ...page.position, login } }
  },
}

export const githubPoll = [repos, events]
