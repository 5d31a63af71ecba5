import { readFile } from 'node:fs/promises'
import { ConfigError } from './config.ts'

type Environment = Record<string, string | undefined>

/** Turns what stands in a variable into a key in base64. @throws Error in one sentence, without the value */
type KeyProvider = (value: string) => Promise<string>

/** Keys unwrapped at the start, and kept in memory only. More than this is a mistake. */
const MOST_KEYS = 10
const KMS_TIMEOUT_MS = 10_000

/**
 * The environment with its keys as base64, wherever they come from: the variables themselves (default), files (Docker
 * and Kubernetes secrets), or wrapped by a key-management service that unwraps them now.
 * @throws ConfigError that names the variable
 */
export async function resolveKeys(environment: Environment): Promise<Environment> {
  const values = { ...environment }
  for (const name of ['ENCRYPTION_KEY', 'ENCRYPTION_KEYS_RETIRED']) values[name] = await fromFile(environment, name)
  const kind = environment.ENCRYPTION_KEY_KMS
  if (!kind) return values
  if (kind !== 'aws')
    throw new ConfigError(
      'ENCRYPTION_KEY_KMS must be aws, or not be set: Coffer knows no other key-management service.',
    )
  const unwrap = await awsKms()
  const retired = (values.ENCRYPTION_KEYS_RETIRED ?? '')
    .split(',')
    .map(key => key.trim())
    .filter(Boolean)
  if (retired.length >= MOST_KEYS)
    throw new ConfigError(`ENCRYPTION_KEYS_RETIRED has ${retired.length} keys; at most ${MOST_KEYS - 1} are unwrapped.`)
  if (values.ENCRYPTION_KEY) values.ENCRYPTION_KEY = await unwrapped('ENCRYPTION_KEY', values.ENCRYPTION_KEY, unwrap)
  const keys = []
  for (const [index, key] of retired.entries())
    keys.push(await unwrapped(`ENCRYPTION_KEYS_RETIRED, entry ${index + 1},`, key, unwrap))
  if (keys.length) values.ENCRYPTION_KEYS_RETIRED = keys.join(',')
  return values
}

async function fromFile(environment: Environment, name: string): Promise<string | undefined> {
  const file = environment[`${name}_FILE`]
  if (!file) return environment[name]
  if (environment[name]) throw new ConfigError(`${name} and ${name}_FILE are both set: set one of them.`)
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    throw new ConfigError(`${name}_FILE: the file ${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, {
      cause,
    })
  }
}

async function unwrapped(name: string, value: string, unwrap: KeyProvider): Promise<string> {
  try {
    return await unwrap(value)
  } catch (cause) {
    throw new ConfigError(
      `${name} could not be unwrapped by the key-management service: ${(cause as Error).name}. It must be the CiphertextBlob of a 32-byte key, encrypted with the context app=coffer; and this process needs kms:Decrypt.`,
      { cause },
    )
  }
}

// Loaded only here, so that nobody else carries it.
async function awsKms(): Promise<KeyProvider> {
  const { DecryptCommand, KMSClient } = await import('@aws-sdk/client-kms')
  const client = new KMSClient({ maxAttempts: 3 })
  return async (value) => {
    const { Plaintext } = await client.send(
      new DecryptCommand({ CiphertextBlob: Buffer.from(value, 'base64'), EncryptionContext: { app: 'coffer' } }),
      { abortSignal: AbortSignal.timeout(KMS_TIMEOUT_MS) },
    )
    if (Plaintext?.length !== 32) throw new Error('not a key of 32 bytes')
    return Buffer.from(Plaintext).toString('base64')
  }
}
