#!/usr/bin/env node
// Generates an ENCRYPTION_KEY and shows the encrypt/decrypt cycle of the code that the server runs.
//   node integrations/supabase/test-encryption.mjs
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

// The server's code is TypeScript; an older Node cannot read it, the one in node_modules can.
if (!process.features.typescript) {
  const node = fileURLToPath(new URL('node_modules/node/bin/node', root))
  if (!existsSync(node)) {
    console.error('Run "npm ci" first: this script needs the Node 24 that it installs.')
    process.exit(1)
  }
  process.exit(spawnSync(node, [fileURLToPath(import.meta.url)], { stdio: 'inherit' }).status ?? 1)
}

const generated = !process.env.ENCRYPTION_KEY
process.env.ENCRYPTION_KEY ||= randomBytes(32).toString('base64')
const { encryptConfig, decryptConfig } = await import('../../server/utils/encryption.ts')

console.log(
  generated ? '1. A new key (put it into your .env):\n' : '1. Using the ENCRYPTION_KEY of your environment.\n',
)
if (generated) console.log(`   ENCRYPTION_KEY=${process.env.ENCRYPTION_KEY}\n`)

const config = {
  access_token: 'sbp_example_access_token',
  refresh_token: 'example_refresh_token',
  expires_at: '2030-01-01T00:00:00.000Z',
  organization_slug: 'acme',
}
const context = {
  organizationId: '00000000-0000-4000-8000-000000000001',
  integrationId: '00000000-0000-4000-8000-000000000002',
}
const sealed = encryptConfig(config, context)
console.log('2. What the database gets (expires_at and organization_slug stay readable):\n')
console.log(sealed)

const opened = decryptConfig(sealed, context)
const same = JSON.stringify(opened) === JSON.stringify(config)
console.log(`\n3. Decrypted again: ${same ? 'identical' : 'DIFFERENT'}`)

let moved = 'opened (this must not happen)'
try {
  decryptConfig(sealed, { ...context, integrationId: '00000000-0000-4000-8000-000000000003' })
} catch (error) {
  moved = `refused: ${error.message}`
}
console.log(`4. The same ciphertext in another row: ${moved}`)
process.exit(same && moved.startsWith('refused') ? 0 : 1)
