import type { EmbeddedDatabase } from './database.ts'
import type { EmbeddedKeys } from './keys.ts'

const EMAIL = 'demo@coffer.test'

/**
 * Creates the account with which a newcomer looks around, unless it exists. Its password is one of the keys of this
 * installation.
 */
export async function createDemoAccount(
  database: EmbeddedDatabase,
  keys: EmbeddedKeys,
): Promise<{ email: string, password: string }> {
  const { rows } = await database.session.query('select 1 from auth.users where email = $1', [EMAIL])
  if (!rows.length) {
    const response = await database.fetch(
      new Request('http://localhost/auth/v1/signup', {
        method: 'POST',
        headers: { 'apikey': keys.publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify({ email: EMAIL, password: keys.demoPassword }),
      }),
    )
    if (!response.ok) throw new Error(`The demo account could not be created (status ${response.status}).`)
  }
  return { email: EMAIL, password: keys.demoPassword }
}
