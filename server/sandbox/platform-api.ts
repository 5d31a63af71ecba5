import type { Provider } from 'oidc-provider'
import * as z from 'zod'
import type { SqlSession } from '../embedded/migrate.ts'
import type { SCOPES } from './authorization-server.ts'
import { findPerson, type Person } from './people.ts'
import { remember } from './storage.ts'

const SecuritySettings = z.object({ mfa_required: z.boolean(), sso_enforced: z.boolean(), password_min_length: z.number().int(), public_projects_allowed: z.boolean() })

const PAGE = 20
const PROJECTS = 34
const EVENTS = 120
/** So that the sample data is the same at every start. */
const EPOCH = Date.UTC(2026, 0, 1)

export interface ApiAnswer { status: number, body: unknown, headers?: Record<string, string> }

/** The little platform behind the sandbox's access tokens: account, projects, events, security settings. */
export async function answerApi(
  { provider, session }: { provider: Provider, session: SqlSession }, path: string, query: URLSearchParams, authorization: string | undefined,
): Promise<ApiAnswer> {
  const token = /^Bearer ([\x21-\x7e]+)$/.exec(authorization ?? '')?.[1]
  const access = token ? await provider.AccessToken.find(token) : undefined
  const person = access && findPerson(access.accountId)
  if (!access || !person) return { status: 401, body: { error: 'invalid_token' }, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }

  const withScope = async (scope: keyof typeof SCOPES, answer: () => unknown): Promise<ApiAnswer> =>
    access.scopes.has(scope)
      ? { status: 200, body: await answer() }
      : { status: 403, body: { error: 'insufficient_scope', scope }, headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` } }

  switch (path) {
    case 'account': return { status: 200, body: { id: person.id, name: `${person.workspace} (${person.name})`, email: person.email } }
    case 'projects': return await withScope('projects:read', () => projects(person, Number(query.get('page') ?? 1)))
    case 'events': return await withScope('events:read', () => events(person, query.get('after')))
    case 'security': return await withScope('security:read', () => securitySettings(session, person))
    default: return { status: 404, body: { error: 'not_found' } }
  }
}

function projects(person: Person, page: number) {
  const all = Array.from({ length: PROJECTS }, (_, index) => ({
    id: `${person.id}-project-${index + 1}`,
    name: `Project ${index + 1}`,
    public: index % 7 === 0,
    created_at: new Date(EPOCH + index * 86_400_000).toISOString(),
  }))
  const from = (Math.max(1, Math.trunc(page) || 1) - 1) * PAGE
  return { projects: all.slice(from, from + PAGE), total: all.length, next_page: from + PAGE < all.length ? from / PAGE + 2 : null }
}

function events(person: Person, after: string | null) {
  const from = Math.max(0, Number(after) || 0)
  const page = Array.from({ length: Math.max(0, Math.min(PAGE, EVENTS - from)) }, (_, index) => {
    const number = from + index + 1
    return { id: `${person.id}-event-${number}`, type: number % 3 ? 'project.updated' : 'member.signed_in', at: new Date(EPOCH + number * 3_600_000).toISOString() }
  })
  return { events: page, cursor: String(from + page.length), has_more: from + page.length < EVENTS }
}

async function securitySettings(session: SqlSession, person: Person) {
  return SecuritySettings.parse(await remember(session, `security/${person.id}`, () => ({
    mfa_required: person.id !== 'ada', sso_enforced: false, password_min_length: 8, public_projects_allowed: true,
  })))
}
