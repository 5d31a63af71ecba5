import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenConfig } from '../../server/domain/token-set.ts'
import { encryptConfig } from '../../server/utils/encryption.ts'
import { createKeyring } from '../../server/utils/keyring.ts'
import { isSensitiveKey, PLAIN_NAMES } from '../../server/utils/sensitive-keys.ts'
import { providers } from '../../integrations/index.ts'
import { arbitraryConfig } from '../../rigs/arbitrary-config.ts'
import { onBothDatabases, useRig } from '../../rigs/on-both-databases.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'

const WORDS = [
  'access',
  'refresh',
  'id',
  'auth',
  'api',
  'private',
  'public',
  'publishable',
  'primary',
  'sort',
  'cache',
  'client',
  'my',
  'x',
  'API',
  'SSH',
  '2',
  '',
]
const ENDS = [
  'token',
  'Token',
  'TOKEN',
  'tokens',
  'key',
  'Key',
  'KEY',
  'keys',
  'secret',
  'Secret',
  'password',
  'passwd',
  'passphrase',
  'credential',
  'credentials',
  'tokenizer',
  'keyboard',
  'name',
  'secretary',
  'apikey',
  'ApiKey',
]
const name = fc.oneof(
  fc
    .array(fc.constantFrom(...WORDS, ...ENDS), { minLength: 1, maxLength: 4 })
    .chain(words => fc.constantFrom('', '_', '-', ' ', '.', '__').map(glue => words.join(glue))),
  fc
    .array(fc.constantFrom(...WORDS, ...ENDS), { minLength: 1, maxLength: 3 })
    .map(words => words.map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')),
  // PostgreSQL's text has no NUL and no lone surrogates.
  fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .filter(text => !text.includes('\0'))
    .map(text => text.toWellFormed()),
)

let rig: SupabaseRig

async function accepted(rule: string, values: unknown[]): Promise<unknown[]> {
  const rows = await rig.sql(`select private.${rule}(c) as ok from jsonb_array_elements($1::jsonb) c`, [
    JSON.stringify(values),
  ])
  return rows.map(row => row.ok)
}

function names(): void {
  it('The list of plain names is the same in SQL and in TypeScript', async () => {
    const [row] = await rig.sql('select array_to_json(private.plain_names()) as names')
    expect((row!.names as string[]).toSorted()).toEqual([...PLAIN_NAMES].sort())
  })

  it('The list of plain names is what flows write beside tokens and what definitions declare', () => {
    const beside = Object.keys(
      tokenConfig({
        accessToken: 'a',
        refreshToken: 'r',
        grantedScopes: [],
        expiresAt: new Date(),
        refreshTokenExpiresAt: new Date(),
        grantEndsAt: new Date(),
      }),
    ).filter(name => !['access_token', 'refresh_token'].includes(name))
    const declared = providers.flatMap(({ plainConfig }) => plainConfig)
    expect([...new Set([...beside, 'oauth_client', ...declared])].sort()).toEqual([...PLAIN_NAMES].sort())
    expect(PLAIN_NAMES.filter(isSensitiveKey)).toEqual([])
  })

  it('The rule about sensitive names is the same in SQL and in TypeScript over generated names', async () => {
    const names = fc.sample(name, { numRuns: 4000, seed: 20261121 })
    const rows = await rig.sql(
      'select n as name, private.is_sensitive_key(n) as sensitive from jsonb_array_elements_text($1::jsonb) n',
      [JSON.stringify(names)],
    )
    const differing = rows.filter(row => isSensitiveKey(String(row.name)) !== row.sensitive)
    expect(differing).toEqual([])
    // A rule that says the same of everything would agree as well.
    expect(rows.filter(row => row.sensitive).length).toBeGreaterThan(500)
    expect(rows.filter(row => !row.sensitive).length).toBeGreaterThan(500)
  })
}

function configs(): void {
  it('The database takes a config as encryptConfig seals it with the plain names, and no other', async () => {
    const keyring = createKeyring({ ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') })
    const configs = fc.sample(arbitraryConfig({ postgres: true }), { numRuns: 400, seed: 20261121 })
    const plain = new Set(PLAIN_NAMES)
    const sealed = configs.map(config => encryptConfig(config, undefined, keyring, plain))
    expect(await accepted('config_is_sealed', sealed)).toEqual(sealed.map(() => true))
    expect(await accepted('config_is_sealed', configs)).toEqual(
      configs.map((config, index) => JSON.stringify(config) === JSON.stringify(sealed[index])),
    )
    expect(configs.filter(config => Object.keys(config).some(name => plain.has(name))).length).toBeGreaterThan(50)
  })

  it('The database takes data only with everything sealed under a sensitive name, at any depth', async () => {
    const keyring = createKeyring({ ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') })
    const configs = fc.sample(arbitraryConfig({ postgres: true }), { numRuns: 400, seed: 20261121 })
    const sealed = configs.map(config => encryptConfig(config, undefined, keyring))
    expect(await accepted('holds_no_secret', sealed)).toEqual(sealed.map(() => true))
    expect(await accepted('holds_no_secret', configs)).toEqual(
      configs.map((config, index) => JSON.stringify(config) === JSON.stringify(sealed[index])),
    )
  })
}

onBothDatabases('what is sealed', (start) => {
  useRig(start, (started) => {
    rig = started
  })
  describe('names', names)
  describe('configs', configs)
})
