import { randomUUID } from 'node:crypto'
import { providers } from '../integrations/index.ts'
import { startApp, type RunningApp } from './app.ts'
import type { Person } from './person.ts'
import type { Platforms } from './platforms.ts'
import { startStandIns, type StandIns } from './stand-ins.ts'

const SHARED_CALLBACK = new Set(['supabase'])

export function callbackPath(provider: string): string {
  return SHARED_CALLBACK.has(provider) ? '/api/auth/callback' : `/api/auth/callback/${provider}`
}

export interface StartedFlow {
  authorization: URL
  state: string
  /** A code that the platform's token endpoint will take for this flow. */
  code: string
}

/** Begins to connect an account, up to where the browser would leave for the platform. */
export async function begin(person: Person, platforms: Platforms, provider: string, query = ''): Promise<StartedFlow> {
  const response = await person.request(`/api/auth/${provider}${query}`)
  if (response.status !== 303) throw new Error(`start: ${response.status} ${await response.text()}`)
  const authorization = new URL(response.headers.get('location')!)
  const code = randomUUID()
  platforms.challenges.set(code, authorization.searchParams.get('code_challenge') ?? '')
  return { authorization, state: authorization.searchParams.get('state')!, code }
}

/** Follows the platform's redirect back to the callback. */
export async function comeBack(
  person: Person,
  provider: string,
  parameters: Record<string, string> | [string, string][],
): Promise<{ status: number, location: URL | undefined, body: { error?: string, message?: string } }> {
  const response = await person.request(`${callbackPath(provider)}?${new URLSearchParams(parameters)}`)
  const location = response.headers.get('location')
  const text = await response.text()
  return {
    status: response.status,
    location: location ? new URL(location, response.url) : undefined,
    body: text.startsWith('{') ? (JSON.parse(text) as { error?: string }) : {},
  }
}

/** Connects an account. @returns the integration's id */
export async function connectProvider(person: Person, platforms: Platforms, provider: string): Promise<string> {
  const { code, state } = await begin(person, platforms, provider)
  const { location, status, body } = await comeBack(person, provider, { code, state })
  const id = location?.searchParams.get('connected')
  if (!id) throw new Error(`not connected: ${status} ${JSON.stringify(body)}`)
  return id
}

/**
 * Makes a server or scanner under test reach stand-ins instead of the providers' origins. Coffer itself has no such
 * setting: the process loads `origin-map.mjs` before its own code.
 */
export function standInEnvironment(originMap: string): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${new URL('origin-map.mjs', import.meta.url).href}`,
    RIG_ORIGIN_MAP: originMap,
  }
}

/** Client credentials for every provider, and the way to the stand-ins. */
export function providerEnvironment(platforms: Platforms, originMap: string): Record<string, string> {
  return {
    ...standInEnvironment(originMap),
    ...Object.fromEntries(
      providers.flatMap(({ clientEnv }) => [
        [`OAUTH_${clientEnv}_CLIENT_ID`, platforms.client.id],
        [`OAUTH_${clientEnv}_CLIENT_SECRET`, platforms.client.secret],
      ]),
    ),
  }
}

/** A server on the embedded default whose platforms are stand-ins. */
export interface AppWithPlatforms {
  app: RunningApp
  standIns: StandIns
  stop(): Promise<void>
}

/** Starts the stand-ins and a server that knows nothing of the real platforms. */
export async function startAppWithPlatforms(
  platforms: Platforms,
  env: Record<string, string> = {},
): Promise<AppWithPlatforms> {
  const standIns = await startStandIns(platforms.origins)
  const app = await startApp({ env: { ...providerEnvironment(platforms, standIns.originMap), ...env } })
  return {
    app,
    standIns,
    async stop() {
      await app.stop()
      await standIns.stop()
    },
  }
}
