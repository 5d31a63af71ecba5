import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../../../server/start/config.ts'

const KEY = randomBytes(32).toString('base64')
const SUPABASE = {
  SUPABASE_URL: 'https://abc.supabase.co',
  SUPABASE_ANON_KEY: 'sb_publishable_x',
  SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_x',
  ENCRYPTION_KEY: KEY,
  APP_URL: 'https://coffer.example.com/',
}
const problem = (env: Record<string, string>) => {
  try {
    readConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  return ''
}

describe('the configuration', () => {
  it('the configuration needs nothing for the embedded default', () => {
    expect(readConfig({})).toMatchObject({
      mode: 'embedded',
      appUrl: 'http://localhost:3000',
      host: '127.0.0.1',
      port: 3000,
      dataDir: '.data',
    })
    expect(readConfig({ PORT: '8080' }).appUrl).toBe('http://localhost:8080')
  })

  it('the configuration reads the Supabase settings, and takes the slash off the address', () => {
    expect(readConfig(SUPABASE)).toMatchObject({
      mode: 'supabase',
      appUrl: 'https://coffer.example.com',
      host: '0.0.0.0',
      supabase: { anonKey: 'sb_publishable_x' },
    })
  })

  it('the configuration lists every problem at once, by name', () => {
    const message = problem({ SUPABASE_URL: 'https://abc.supabase.co', OAUTH_GITHUB_CLIENT_ID: 'x', PORT: 'eighty' })
    for (const name of [
      'SUPABASE_ANON_KEY is not set',
      'SUPABASE_SERVICE_ROLE_KEY is not set',
      'APP_URL is not set',
      'ENCRYPTION_KEY environment variable is not set',
      'OAUTH_GITHUB_CLIENT_SECRET is not set',
      'PORT must be a port number',
    ])
      expect(message).toContain(name)
    expect(message).toContain('6 settings need attention')
  })

  it('the embedded database is refused in production unless it is asked for', () => {
    expect(problem({ NODE_ENV: 'production' })).toContain('SUPABASE_URL is not set')
    expect(readConfig({ NODE_ENV: 'production', COFFER_EMBEDDED: '1' }).mode).toBe('embedded')
  })

  it.each([
    'http://coffer.example.com',
    'https://coffer.example.com/path',
    'ftp://localhost',
    'http://localhost.example.com',
  ])('R18: the address %s is refused as the base of redirect addresses', (url) => {
    expect(problem({ ...SUPABASE, APP_URL: url })).toContain('APP_URL')
  })

  it('secrets stay strings, even if they look like numbers', () => {
    const { clients } = readConfig({ OAUTH_GITHUB_CLIENT_ID: '1e5', OAUTH_GITHUB_CLIENT_SECRET: 'true' })
    expect(clients).toEqual({ GITHUB: { clientId: '1e5', clientSecret: 'true' } })
  })

  it('an empty variable counts as unset, and no value is ever printed', () => {
    expect(readConfig({ SUPABASE_URL: '', OAUTH_GITHUB_CLIENT_ID: '' }).mode).toBe('embedded')
    expect(problem({ ...SUPABASE, ENCRYPTION_KEY: 'my-secret-passphrase', PORT: '3000' })).not.toContain(
      'my-secret-passphrase',
    )
    expect(problem({ PORT: 'eighty' })).toContain('PORT must be a port number')
  })
})
