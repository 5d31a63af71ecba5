import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderFixture } from '../../integrations/fixture.ts'
import type { Provider } from '../../integrations/index.ts'
import { node, root } from '../../rigs/lib.mjs'

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'coffer-provider-'))
  for (const name of ['integrations', '.env.example', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterAll(() => rmSync(copy, { recursive: true }))

const read = (file: string) => readFileSync(join(copy, file), 'utf8')
const providerNew = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(node, [join(root, 'scripts/provider-new.ts'), ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('npm run provider:new', () => {
  it('writes a provider that the registry takes, its variables, and a fixture that agrees with it', async () => {
    expect(providerNew('acme_shop', copy)).toMatchObject({ status: 0, stdout: expect.stringContaining('Acme Shop') })
    // eslint-disable-next-line coffer/imports -- a file that the command has just written
    const { providers } = (await import(pathToFileURL(join(copy, 'integrations/index.ts')).href)) as {
      providers: Provider[]
    }
    const made = providers.at(-1)!
    expect(made).toMatchObject({ id: 'acme_shop', name: 'Acme Shop', clientEnv: 'ACME_SHOP' })

    // eslint-disable-next-line coffer/imports -- a file that the command has just written
    const { fixture } = (await import(pathToFileURL(join(copy, 'integrations/acme_shop/fixture.ts')).href)) as {
      fixture: ProviderFixture
    }
    expect([fixture.authorize, fixture.token]).toEqual([made.authorizationEndpoint, made.tokenEndpoint])
    const account = await made.identifyAccounts({
      get: async (url, schema) => schema.parse(fixture.api[`GET ${url}`]!.json),
    })
    expect(account).toEqual([{ id: fixture.account, name: fixture.name }])
  })

  it('keeps the imports of the registry sorted and everything else as it was', () => {
    const before = readFileSync(join(root, 'integrations/index.ts'), 'utf8')
    const after = read('integrations/index.ts').split('\n')
    const paths = after.filter(line => /^import \{/.test(line)).map(line => line.split(' from ')[1]!)
    expect(paths).toEqual([...paths].sort())
    expect(after.filter(line => !/acme/i.test(line)).join('\n')).toBe(before)
  })

  it('adds the variables to the block of OAuth apps in .env.example', () => {
    expect(read('.env.example')).toContain(
      'OAUTH_DISCORD_CLIENT_SECRET=\nOAUTH_ACME_SHOP_CLIENT_ID=\nOAUTH_ACME_SHOP_CLIENT_SECRET=\n',
    )
  })

  it.each([
    ['Acme', 'small letters'],
    ['acme-shop', 'small letters'],
    ['../acme', 'small letters'],
    ['1acme', 'small letters'],
    ['class', 'reserved word'],
    ['imap', 'reserved word'],
    ['github', 'integrations/github exists already'],
    ['sandbox', 'integrations/sandbox exists already'],
  ])('refuses %s with a sentence and changes nothing', (id, reason) => {
    const before = [read('integrations/index.ts'), read('.env.example')]
    expect(providerNew(id, copy)).toMatchObject({ status: 1, stderr: expect.stringContaining(reason) })
    expect([read('integrations/index.ts'), read('.env.example')]).toEqual(before)
  })
})
