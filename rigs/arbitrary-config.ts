import fc from 'fast-check'
import type { Config } from '../server/utils/encryption.ts'

const KEYS = [
  'access_token',
  'refreshToken',
  'api_key',
  'client_secret',
  'password',
  'tokens',
  'name',
  'id',
  'nested',
  'list',
  '__proto__',
  'key',
  'project_ref',
  'region',
  'public_key',
  'Expires-At',
]

/**
 * Arbitrarily nested configs in which about half of the keys are sensitive.
 * @param options `postgres`: nothing that jsonb cannot hold
 */
export function arbitraryConfig(options: { postgres?: boolean } = {}): fc.Arbitrary<Config> {
  const text = fc
    .string({ unit: 'binary', maxLength: 40 })
    .map(value => (options.postgres ? value.replaceAll('\0', '').toWellFormed() : value))
  const { config } = fc.letrec<{ config: Config, value: unknown }>(tie => ({
    config: fc.dictionary(
      fc.oneof(
        fc.constantFrom(...KEYS),
        text.filter(key => key.length > 0),
      ),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ) as fc.Arbitrary<Config>,
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('config'),
    ),
  }))
  return config
}
