import { createHash } from 'node:crypto'
import type { Provider } from 'oidc-provider'
import type { SqlSession } from '../embedded/migrate.ts'
import type { SCOPES } from './authorization-server.ts'
import { findPerson, type Person } from './people.ts'
import { readLog, readSettings } from './workspace.ts'

const PAGE = 20
const PROJECTS = 34
const SAMPLE_EVENTS = 120
/** A fixed date, so that the sample data is the same after every start. */
const EPOCH = Date.UTC(2026, 0, 1)

export interface ApiAnswer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

/**
 * Answers the sandbox platform's API: account, projects, events and security settings of the person whose access token
 * was sent. Lists have pages of 20.
 * @returns 401 without a valid token, 403 without the scope, 304 when the ETag is the one that the caller knows
 */
export async function answerApi(
  { provider, session }: { provider: Provider, session: SqlSession },
  path: string,
  query: URLSearchParams,
  headers: { authorization: string | undefined, ifNoneMatch: string | undefined },
): Promise<ApiAnswer> {
  const token = /^Bearer ([\x21-\x7e]+)$/.exec(headers.authorization ?? '')?.[1]
  const access = token ? await provider.AccessToken.find(token) : undefined
  const person = access && findPerson(access.accountId)
  if (!access || !person)
    return {
      status: 401,
      body: { error: 'invalid_token' },
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    }

  const withScope = async (scope: keyof typeof SCOPES, answer: () => unknown): Promise<ApiAnswer> =>
    access.scopes.has(scope)
      ? withEtag(await answer(), headers.ifNoneMatch)
      : {
          status: 403,
          body: { error: 'insufficient_scope', scope },
          headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
        }

  switch (path) {
    case 'account':
      return { status: 200, body: { id: person.id, name: `${person.workspace} (${person.name})`, email: person.email } }
    case 'projects':
      return await withScope('projects:read', () => projects(session, person, Number(query.get('page') ?? 1)))
    case 'events':
      return await withScope('events:read', () => events(session, person, query.get('after')))
    case 'security':
      return await withScope('security:read', () => readSettings(session, person))
    default:
      return { status: 404, body: { error: 'not_found' } }
  }
}

function withEtag(body: unknown, known: string | undefined): ApiAnswer {
  const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 27)}"`
  return known === etag ? { status: 304, body: null, headers: { etag } } : { status: 200, body, headers: { etag } }
}

async function projects(session: SqlSession, person: Person, page: number) {
  const { public_projects_allowed: mayBePublic } = await readSettings(session, person)
  const all = Array.from({ length: PROJECTS }, (_, index) => ({
    id: `${person.id}-project-${index + 1}`,
    name: `Project ${index + 1}`,
    public: mayBePublic && index % 7 === 0,
    created_at: new Date(EPOCH + index * 86_400_000).toISOString(),
  }))
  const from = (Math.max(1, Math.trunc(page) || 1) - 1) * PAGE
  return {
    projects: all.slice(from, from + PAGE),
    total: all.length,
    next_page: from + PAGE < all.length ? from / PAGE + 2 : null,
  }
}

async function events(session: SqlSession, person: Person, after: string | null) {
  const samples = Array.from({ length: SAMPLE_EVENTS }, (_, index) => ({
    id: `${person.id}-event-${index + 1}`,
    type: (index + 1) % 3 ? 'project.updated' : 'member.signed_in',
    at: new Date(EPOCH + (index + 1) * 3_600_000).toISOString(),
  }))
  const all = [...samples, ...(await readLog(session, person))]
  const from = Math.max(0, Number(after) || 0)
  const page = all.slice(from, from + PAGE)
  return { events: page, cursor: String(from + page.length), has_more: from + page.length < all.length }
}
