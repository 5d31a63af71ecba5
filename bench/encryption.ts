// npm run bench:encryption compares encryptConfig and decryptConfig of two 800-byte tokens with raw node:crypto on the
// same bytes in the same run, and with the encryption of a whole record under one global key without AAD (the design of
// Nango).
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { decryptConfig, encryptConfig } from '../server/utils/encryption.ts'
import { createKeyring } from '../server/utils/keyring.ts'
import { root } from '../rigs/lib.mjs'

const ROUNDS = 15
const ROUND_MS = 200

const key = randomBytes(32)
const keyObject = createSecretKey(key)
const keyring = createKeyring({ ENCRYPTION_KEY: key.toString('base64') })
const config = {
  access_token: randomBytes(600).toString('base64'),
  refresh_token: randomBytes(600).toString('base64'),
  expires_at: '2030-01-01T00:00:00Z',
  token_type: 'bearer',
}
const tokens = [config.access_token, config.refresh_token]
const context = {
  organizationId: '00000000-0000-4000-8000-000000000001',
  integrationId: '00000000-0000-4000-8000-000000000002',
}

function rawEncrypt(text: string, rawKey: Parameters<typeof createCipheriv>[1]) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', rawKey, iv, { authTagLength: 16 })
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return { iv, tag: cipher.getAuthTag(), data }
}

function rawDecrypt({ iv, tag, data }: ReturnType<typeof rawEncrypt>) {
  const decipher = createDecipheriv('aes-256-gcm', keyObject, iv, { authTagLength: 16 })
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8')
}

const sealed = encryptConfig(config, context, keyring)
const rawSealed = tokens.map(token => rawEncrypt(token, keyObject))
let fresh = 0
const candidates: Record<string, () => unknown> = {
  'encryptConfig, context': () => encryptConfig(config, context, keyring),
  'encryptConfig, a new integration each time': () =>
    encryptConfig(config, { ...context, integrationId: String(fresh++) }, keyring),
  'encryptConfig, no context': () => encryptConfig(config, undefined, keyring),
  'decryptConfig, context': () => decryptConfig(sealed, context, keyring),
  'raw encrypt, KeyObject': () => tokens.map(token => rawEncrypt(token, keyObject)),
  'raw decrypt, KeyObject': () => rawSealed.map(rawDecrypt),
  'whole record, Buffer key': () => {
    const { iv, tag, data } = rawEncrypt(JSON.stringify(config), key)
    return [data.toString('base64'), iv.toString('base64'), tag.toString('base64')]
  },
}

/** Returns records per second: the median of rounds that take turns, so that a noisy moment affects all candidates. */
function measure(): Record<string, number> {
  const results = new Map(Object.keys(candidates).map(name => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(candidates)) {
      let count = 0
      const start = performance.now()
      while (performance.now() - start < ROUND_MS) {
        for (let i = 0; i < 50; i++) work()
        count += 50
      }
      if (round > 0) results.get(name)!.push((count / (performance.now() - start)) * 1000)
    }
  }
  return Object.fromEntries(
    [...results].map(([name, rates]) => [name, Math.round(rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)]!)]),
  )
}

const perSecond = measure()
const ratio = (a: string, b: string) => Number((perSecond[a]! / perSecond[b]!).toFixed(3))
const result = {
  command: 'npm run bench:encryption',
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: cpus()[0]?.model,
  recordsPerSecond: perSecond,
  ratios: {
    'encryptConfig with context / raw encrypt (budget: at least 0.5)': ratio(
      'encryptConfig, context',
      'raw encrypt, KeyObject',
    ),
    'decryptConfig with context / raw decrypt': ratio('decryptConfig, context', 'raw decrypt, KeyObject'),
    'encryptConfig with context / whole record with a Buffer key': ratio(
      'encryptConfig, context',
      'whole record, Buffer key',
    ),
  },
}
writeFileSync(join(root, 'bench/encryption.json'), JSON.stringify(result, null, 2) + '\n')
console.log(result)
