// npm run provider:new <id> writes the skeleton of a provider and of its fixture, and registers it. With a second
// argument it works in that copy of the repository.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root } from '../rigs/lib.mjs'

const [id, folder] = process.argv.slice(2)
const base = resolve(folder ?? root)

/** Names that have another meaning where a provider's name would be used. */
const TAKEN = new Set(['imap', 'providers', 'z'])

function problemWith(id: string | undefined): string | undefined {
  if (!id) return 'Usage: npm run provider:new <id>, for instance npm run provider:new acme_shop'
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(id) || id.length > 63)
    return `${id} cannot be the id of a provider: it is small letters, digits and single underscores,`
      + ' and begins with a letter.'
  if (TAKEN.has(id) || isReserved(camel(id))) return `${id} is a reserved word. Choose another id, such as ${id}_api.`
  if (existsSync(join(base, 'integrations', id))) return `integrations/${id} exists already. Nothing was changed.`
  return undefined
}

function isReserved(name: string): boolean {
  try {
    new Function(`"use strict"; const ${name} = 0`)
    return false
  } catch {
    return true
  }
}

/** acme_shop → acmeShop */
function camel(id: string): string {
  return id.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const definition = (id: string, title: string) => `import * as z from 'zod'
import { defineProvider } from '../define.ts'

// The answer of the platform's API about the connected account.
const Me = z.object({ id: z.string(), name: z.string().nullish() })

export const ${camel(id)} = defineProvider({
  id: '${id}',
  name: '${title}',
  description: 'One line on what is fetched or scanned.',
  // i-simple-icons-… for a brand, i-lucide-… otherwise.
  icon: 'i-lucide-plug',
  setupUrl: 'https://${id.replaceAll('_', '-')}.example/developers/apps',
  docsUrl: 'https://${id.replaceAll('_', '-')}.example/docs/oauth',
  clientEnv: '${id.toUpperCase()}',
  authorizationEndpoint: 'https://${id.replaceAll('_', '-')}.example/oauth/authorize',
  tokenEndpoint: 'https://${id.replaceAll('_', '-')}.example/oauth/token',
  // Leave it out where the platform has no revocation endpoint.
  revocation: { style: 'rfc7009', endpoint: 'https://${id.replaceAll('_', '-')}.example/oauth/revoke' },
  // The least that the job needs.
  scopes: ['read'],
  clientAuth: 'basic',
  // Whether a refresh ends the old refresh token, and the seconds that a token lives when the answer does not say.
  refresh: { rotates: true, defaultLifetime: 3600 },

  async identifyAccounts(api) {
    const me = await api.get('https://${id.replaceAll('_', '-')}.example/api/me', Me)
    // The id must be stable: a reconnect finds its row by it.
    return [{ id: me.id, name: me.name || me.id }]
  },
})
`

const fixture = (host: string) => `import type { ProviderFixture } from '../fixture.ts'

// Written from the platform's documentation, not from provider.ts: the test compares the two.
export const fixture: ProviderFixture = {
  authorize: 'https://${host}/oauth/authorize',
  token: 'https://${host}/oauth/token',
  auth: 'basic',
  scope: 'read',
  tokenAnswer: { token_type: 'Bearer', expires_in: 3600, scope: 'read' },
  api: {
    'GET https://${host}/api/me': { json: { id: '42', name: 'Ann' } },
    'POST https://${host}/oauth/revoke': { json: {} },
  },
  account: '42',
  name: 'Ann',
  lifetime: 3600,
  revocation: 'revoked',
}
`

/** Adds the import, sorted by path, and the entry at the end of the list that people see. */
function registered(source: string, id: string): string {
  const name = camel(id)
  const line = `import { ${name} } from './${id}/provider.ts'`
  const [type, ...imports] = source.split('\n').filter(one => one.startsWith('import '))
  const after = source.slice(source.lastIndexOf('import ')).split('\n').slice(1).join('\n')
  const pathOf = (one: string) => one.split(' from ')[1] ?? ''
  const sorted = [...imports, line].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))
  const list = after.replace(/(export const providers[^\n]*\[\n[^\]]*)(\n\])/, `$1\n  ${name},$2`)
  return [type, ...sorted, list].join('\n')
}

/** Adds the two variables at the end of the block of OAuth apps, before the note about former secrets. */
function withVariables(source: string, id: string): string {
  const lines = `OAUTH_${id.toUpperCase()}_CLIENT_ID=\nOAUTH_${id.toUpperCase()}_CLIENT_SECRET=\n`
  const at = source.lastIndexOf('\n', source.lastIndexOf('_CLIENT_SECRET=\n')) + 1
  const end = source.indexOf('\n', at) + 1
  return source.slice(0, end) + lines + source.slice(end)
}

function edit(file: string, change: (source: string) => string): void {
  const path = join(base, file)
  const source = readFileSync(path, 'utf8')
  const changed = change(source)
  if (changed === source) throw new Error(`${file} has no place for a provider that this script knows.`)
  writeFileSync(path, changed)
}

const problem = problemWith(id)
if (problem || !id) {
  console.error(problem)
  process.exit(1)
}
const title = id.split('_').map(word => word[0]!.toUpperCase() + word.slice(1)).join(' ')
edit('integrations/index.ts', source => registered(source, id))
edit('.env.example', source => withVariables(source, id))
mkdirSync(join(base, 'integrations', id))
writeFileSync(join(base, 'integrations', id, 'provider.ts'), definition(id, title))
writeFileSync(join(base, 'integrations', id, 'fixture.ts'), fixture(`${id.replaceAll('_', '-')}.example`))
console.log(`Wrote integrations/${id}/provider.ts and fixture.ts.
Added ${title} to integrations/index.ts and .env.example.

Next:
  1. Fill in both files from the platform's documentation. integrations/README.md explains the fields.
  2. npm test -- --project unit --project server providers
  3. Register an OAuth app, set OAUTH_${id.toUpperCase()}_CLIENT_ID and …_CLIENT_SECRET in .env,
     and connect for real (npm run dev).`)
