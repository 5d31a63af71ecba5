import { readFile } from 'node:fs/promises'
import { ConfigError } from './config.ts'
import { listed } from './environment.ts'

type Environment = Record<string, string | undefined>

/** Turns the value of a variable into a key in base64. @throws Error in one sentence, without the value */
type KeyProvider = (value: string) => Promise<string>

/** Keys are unwrapped at the start and kept in memory only. More keys than this are a mistake. */
const MOST_KEYS = 10
const KMS_TIMEOUT_MS = 10_000

/** This is not a dependency. An operator who keeps keys in AWS KMS installs it. */
const AWS_CLIENT = '@aws-sdk/client-kms'

/**
 * Returns the environment with its keys as base64. They come from the variables themselves (default), from files
 * (Docker and Kubernetes secrets), or from a key-management service that unwraps them now.
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
  const retired = listed(values.ENCRYPTION_KEYS_RETIRED ?? '')
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
      `${name} could not be unwrapped by the key-management service: ${(cause as Error).name}.`
      + ' It must be the CiphertextBlob of a 32-byte key, encrypted with the context app=coffer;'
      + ' and this process needs kms:Decrypt.',
      { cause },
    )
  }
}

async function awsKms(): Promise<KeyProvider> {
  const { DecryptCommand, KMSClient } = await loadAwsClient()
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

// The name is a constant, because a bundler would copy a package with a literal name into every build.
async function loadAwsClient(): Promise<typeof import('@aws-sdk/client-kms')> {
  try {
    // eslint-disable-next-line coffer/imports -- an optional package, which a bundler would copy
    return (await import(AWS_CLIENT)) as typeof import('@aws-sdk/client-kms')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new ConfigError(
      `ENCRYPTION_KEY_KMS=aws needs the package ${AWS_CLIENT}, which is not installed: npm install ${AWS_CLIENT}`,
      { cause },
    )
  }
}
