import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../rigs/lib.mjs'
import { createKeyring } from '../../server/utils/keyring.ts'
import { startApp, startToFail } from '../../rigs/app.ts'
import { querySql } from '../../rigs/sql.ts'

/**
 * AWS KMS as its API describes it: JSON over POST, the operation in X-Amz-Target, signed with SigV4. Wraps with a key
 * of its own.
 */
class Kms {
  readonly #master = randomBytes(32)
  readonly #server: Server
  seen: { target: string, authorization: string, context: unknown }[] = []
  denied = false

  constructor() {
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const input = JSON.parse(body) as { CiphertextBlob: string, EncryptionContext?: Record<string, string> }
      this.seen.push({
        target: String(request.headers['x-amz-target']),
        authorization: String(request.headers.authorization),
        context: input.EncryptionContext,
      })
      const answer = (status: number, content: object) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        response.end(JSON.stringify(content))
      }
      if (this.denied)
        return answer(400, {
          __type: 'AccessDeniedException',
          message: 'User is not authorized to perform: kms:Decrypt',
        })
      try {
        const blob = Buffer.from(input.CiphertextBlob, 'base64')
        const decipher = createDecipheriv('aes-256-gcm', this.#master, blob.subarray(0, 12), { authTagLength: 16 })
        decipher.setAAD(Buffer.from(JSON.stringify(input.EncryptionContext ?? {})))
        decipher.setAuthTag(blob.subarray(12, 28))
        const plain = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()])
        answer(200, {
          KeyId: 'arn:aws:kms:eu-central-1:111122223333:key/1',
          Plaintext: plain.toString('base64'),
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        })
      } catch {
        answer(400, { __type: 'InvalidCiphertextException' })
      }
    })
  }

  wrap(key: Buffer, context: object = { app: 'coffer' }): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#master, iv, { authTagLength: 16 })
    cipher.setAAD(Buffer.from(JSON.stringify(context)))
    const text = Buffer.concat([cipher.update(key), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64')
  }

  async start(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const idOf = (key: Buffer) => createKeyring({ ENCRYPTION_KEY: key.toString('base64') }).current.id
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coffer-keys-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})
/** The key that the started server notes as the one in use. */
async function keyInUse(env: Record<string, string>): Promise<string> {
  const app = await startApp({ env })
  try {
    return String((await querySql(app.sqlPort, 'select key_id from encryption_keys'))[0]!.key_id)
  } finally {
    await app.stop()
  }
}

describe('keys in files', () => {
  it('A key file that ends with a line break is read', async () => {
    const key = randomBytes(32)
    await writeFile(join(folder, 'key'), `${key.toString('base64')}\n`)
    expect(await keyInUse({ ENCRYPTION_KEY_FILE: join(folder, 'key') })).toBe(idOf(key))
  })

  it('A missing key file, or a key file next to the variable, ends the start with a sentence', async () => {
    expect((await startToFail({ ENCRYPTION_KEY_FILE: '/nonexistent/key' })).output).toContain(
      'ENCRYPTION_KEY_FILE: the file /nonexistent/key cannot be read (ENOENT).',
    )
    const both = await startToFail({
      ENCRYPTION_KEY_FILE: join(folder, 'key'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    })
    expect([both.code, both.output]).toEqual([
      1,
      expect.stringContaining('ENCRYPTION_KEY and ENCRYPTION_KEY_FILE are both set'),
    ])
  })
})

describe('keys wrapped by AWS KMS', () => {
  const kms = new Kms()
  let aws: Record<string, string>
  beforeAll(async () => {
    aws = {
      ENCRYPTION_KEY_KMS: 'aws',
      AWS_ENDPOINT_URL_KMS: await kms.start(),
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }
  })
  afterAll(() => kms.stop())
  beforeEach(() => {
    kms.seen = []
    kms.denied = false
  })

  it('Wrapped keys are unwrapped once at the start, bound to their context', async () => {
    const [key, retired] = [randomBytes(32), randomBytes(32)]
    expect(await keyInUse({ ...aws, ENCRYPTION_KEY: kms.wrap(key), ENCRYPTION_KEYS_RETIRED: kms.wrap(retired) })).toBe(
      idOf(key),
    )
    expect(kms.seen).toHaveLength(2)
    expect(kms.seen[0]).toMatchObject({ target: 'TrentService.Decrypt', context: { app: 'coffer' } })
    expect(kms.seen[0]!.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d+\/eu-central-1\/kms\/aws4_request/,
    )
  })

  it('A wrapped key in a file is unwrapped', async () => {
    const key = randomBytes(32)
    await writeFile(join(folder, 'wrapped'), kms.wrap(key))
    expect(await keyInUse({ ...aws, ENCRYPTION_KEY_FILE: join(folder, 'wrapped') })).toBe(idOf(key))
  })

  it.each([
    ['of another context', () => kms.wrap(randomBytes(32), { app: 'other' }), 'InvalidCiphertextException'],
    ['of another length', () => kms.wrap(randomBytes(16)), 'Error'],
    [
      'that is nonsense',
      () => Buffer.from('nonsense nonsense nonsense nonsense').toString('base64'),
      'InvalidCiphertextException',
    ],
  ])('A wrapped key %s ends the start, which names the variable only', async (_what, wrapped, reason) => {
    const value = wrapped()
    const { code, output } = await startToFail({ ...aws, ENCRYPTION_KEY: value })
    expect([code, output]).toEqual([
      1,
      expect.stringContaining(`ENCRYPTION_KEY could not be unwrapped by the key-management service: ${reason}.`),
    ])
    expect(output).not.toContain(value)
  })

  it('A server that may not unwrap its key ends the start with AccessDeniedException', async () => {
    kms.denied = true
    expect((await startToFail({ ...aws, ENCRYPTION_KEY: kms.wrap(randomBytes(32)) })).output).toContain(
      'AccessDeniedException',
    )
    expect((await startToFail({ ENCRYPTION_KEY_KMS: 'vault', ENCRYPTION_KEY: 'x' })).output).toContain(
      'ENCRYPTION_KEY_KMS must be aws',
    )
  })

  it('need a package that is no dependency: without it, the start says how to install it', async () => {
    // The build alone, in a folder without the node_modules of this repository above it.
    const copy = join(folder, 'without-aws')
    await cp(join(root, '.output'), copy, { recursive: true })
    const { code, output } = await startToFail(
      { ...aws, ENCRYPTION_KEY: kms.wrap(randomBytes(32)) },
      join(copy, 'server/index.mjs'),
    )
    expect([code, output]).toEqual([1, expect.stringContaining('npm install @aws-sdk/client-kms')])
    expect(kms.seen).toEqual([])
  })
})
