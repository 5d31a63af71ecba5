import type { Provider } from 'oidc-provider'
import type { SqlSession } from '../embedded/migrate.ts'
import { createAuthorizationServer, type SandboxClient } from './authorization-server.ts'
import { createStorage } from './storage.ts'

export { interact } from './interactions.ts'
export { answerApi } from './platform-api.ts'
export { answerSettings } from './settings.ts'

export interface Sandbox {
  provider: Provider
  client: SandboxClient
  session: SqlSession
  appUrl: string
}

/**
 * Starts the sandbox: a platform inside this installation. Its state is stored in the embedded database and survives a
 * restart.
 */
export async function createSandbox({ appUrl, session }: { appUrl: string, session: SqlSession }): Promise<Sandbox> {
  await createStorage(session)
  return { ...(await createAuthorizationServer(appUrl, session)), session, appUrl }
}
