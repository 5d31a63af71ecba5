import { describe, expect, it } from 'vitest'
import { isSensitiveKey } from '../../../../server/utils/sensitive-keys.ts'

describe('sensitive names', () => {
  it.each([
    'access_token',
    'refresh_token',
    'api_key',
    'client_secret',
    'my_token',
    'signing_key',
    'app_secret',
    'smtp_password',
    'password',
    'token',
    'secret',
    'accessToken',
    'APIKey',
    'apiKey',
    'CLIENT_SECRET',
    'client-secret',
    'access token',
    'private_key',
    'apikey',
    'refreshtoken',
    'tokens',
    'api_keys',
    'credentials',
    'passphrase',
    ' token ',
  ])('the name %j is sensitive', (name) => {
    expect(isSensitiveKey(name)).toBe(true)
  })

  it.each([
    'key',
    'keys',
    'public_key',
    'publicKey',
    'publishable_key',
    'primary_key',
    'sort_key',
    'cache_key',
    'name',
    'token_type',
    'expires_at',
    'secretary',
    'keyboard',
    'monkey',
    'access_token_expires_at',
    'id',
    '',
  ])('the name %j is not sensitive', (name) => {
    expect(isSensitiveKey(name)).toBe(false)
  })
})
