import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { providers, sandbox } from '../../integrations/index.ts'
import { createGuardStore } from '../stores/guard-store.ts'
import { serviceClient } from '../stores/supabase-client.ts'
import { databaseProblems } from '../usecases/check-readiness.ts'
import type { Deps } from '../usecases/deps.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { resolveKeys } from './key-providers.ts'
import { createLogger, type Logger } from '../utils/logger.ts'
import { createMetrics } from './metrics.ts'
import { boundedFetch, createRuntime, wireDeps } from './wire-deps.ts'

const Keys = z.object({ encryptionKey: z.string(), secretKey: z.string() })

/**
 * Starts a program that works beside the web server (the scanner, the commands about keys and audit) with the same
 * use-cases. It needs SUPABASE_URL, the service key and ENCRYPTION_KEY. Without SUPABASE_URL it works on the embedded
 * default on this machine, through that server's /rest/v1. OAuth clients are optional: a row that must be refreshed
 * first waits for the web server.
 * @throws ConfigError, whose message is for the operator
 */
export async function startBeside(
  environment: Record<string, string | undefined>,
  service: 'scanner' | 'command',
  stopping: AbortSignal,
): Promise<{ deps: Deps, config: Config, log: Logger }> {
  const embedded = !environment.SUPABASE_URL
  const config = readConfig(
    embedded ? await besideEmbedded(await resolveKeys(environment)) : await resolveKeys(environment),
    ['SUPABASE_SERVICE_ROLE_KEY'],
  )
  const log = createLogger(config.logLevel)
  const access = { ...config.supabase!, fetch: boundedFetch }
  const deps = wireDeps({
    config,
    access,
    keyring: config.keyring!,
    providers: embedded ? [sandbox(config.appUrl), ...providers] : providers,
    clients: config.clients,
    localOrigins: embedded ? [config.appUrl] : [],
    runtime: createRuntime({
      service,
      log,
      metrics: createMetrics(),
      stopping,
    }),
  })
  const problems = databaseProblems(
    await reach(createGuardStore(serviceClient(access)), config.supabase!.url),
    deps.vault,
  )
  if (problems.length) throw new ConfigError(`The ${service} cannot start: ${problems.join('\n')}`)
  return { deps, config, log }
}

async function reach(guard: ReturnType<typeof createGuardStore>, url: string) {
  try {
    return await guard.guard()
  } catch (cause) {
    throw new ConfigError(
      `The database at ${url} cannot be reached: ${(cause as Error).message}`
      + ' Check SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY; on the embedded default, start the server first.',
      { cause },
    )
  }
}

/** Reads the keys of the embedded default, which its server writes into the data folder. */
async function besideEmbedded(
  environment: Record<string, string | undefined>,
): Promise<Record<string, string | undefined>> {
  const file = join(environment.COFFER_DATA_DIR || '.data', 'keys.json')
  try {
    const keys = Keys.parse(JSON.parse(await readFile(file, 'utf8')))
    const appUrl = environment.APP_URL || `http://localhost:${environment.PORT || 3000}`
    return {
      ...environment,
      APP_URL: appUrl,
      SUPABASE_URL: appUrl,
      SUPABASE_SERVICE_ROLE_KEY: keys.secretKey,
      ENCRYPTION_KEY: environment.ENCRYPTION_KEY || keys.encryptionKey,
      HOST: environment.HOST || '127.0.0.1',
    }
  } catch (cause) {
    throw new ConfigError(
      `SUPABASE_URL is not set, and there are no keys of an embedded Coffer in ${file}.`
      + ' Set SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY and ENCRYPTION_KEY, or start the server here first (npm start).',
      { cause },
    )
  }
}
