import type { SupabaseRig } from './postgres-rig.ts'

export interface RestAnswer {
  status: number
  body: unknown
  text: string
}

/** Someone with nothing but curl and their own token, at the REST layer. */
export interface RestUser {
  id: string
  token: string
  rest(path: string, init?: { method?: string, json?: unknown, headers?: Record<string, string> }): Promise<RestAnswer>
}

async function call(
  rig: SupabaseRig,
  headers: Record<string, string>,
  path: string,
  init: { method?: string, json?: unknown, headers?: Record<string, string> } = {},
): Promise<RestAnswer> {
  const response = await rig.fetch(`/rest/v1/${path}`, {
    method: init.method ?? (init.json === undefined ? 'GET' : 'POST'),
    headers: { 'content-type': 'application/json', ...headers, ...init.headers },
    ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
  })
  const text = await response.text()
  return { status: response.status, text, body: text ? (JSON.parse(text) as unknown) : null }
}

export async function signUp(rig: SupabaseRig): Promise<RestUser> {
  const response = await rig.fetch('/auth/v1/signup', {
    method: 'POST',
    headers: { 'apikey': rig.keys.publishable, 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery' }),
  })
  const { access_token: token, user } = (await response.json()) as { access_token: string, user: { id: string } }
  return {
    id: user.id,
    token,
    rest: (path, init) => call(rig, { apikey: rig.keys.publishable, authorization: `Bearer ${token}` }, path, init),
  }
}

export function anonymous(rig: SupabaseRig): Pick<RestUser, 'rest'> {
  return { rest: (path, init) => call(rig, { apikey: rig.keys.publishable }, path, init) }
}

export function service(rig: SupabaseRig): Pick<RestUser, 'rest'> {
  return { rest: (path, init) => call(rig, { apikey: rig.keys.secret }, path, init) }
}
