import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib.mjs'

/** Who may import what. A folder may import itself, its own list, and `node:` where it says so. */
const TABLE: Record<string, { folders: string[], packages: string[], node?: false }> = {
  'integrations': { folders: [], packages: ['zod'], node: false },
  'shared': { folders: [], packages: ['zod'], node: false },
  'pages': { folders: ['shared', 'components'], packages: ['vue', '@nuxt/ui'], node: false },
  'components': { folders: ['shared'], packages: ['vue', '@nuxt/ui'], node: false },
  'composables': { folders: ['shared'], packages: ['vue'], node: false },
  'layouts': { folders: ['shared'], packages: ['vue', '@nuxt/ui'], node: false },
  'server/domain': { folders: ['shared'], packages: ['croner'], node: false },
  'server/oauth': { folders: ['server/domain', 'integrations'], packages: ['oauth4webapi', 'undici', 'zod'] },
  'server/stores': {
    folders: ['server/domain', 'server/ports', 'shared', 'supabase/functions'],
    packages: ['@supabase/supabase-js', '@supabase/ssr', 'zod'],
  },
  'server/vault': {
    folders: [
      'server/domain',
      'server/ports',
      'server/utils/encryption.ts',
      'server/utils/keyring.ts',
      'server/utils/sensitive-keys.ts',
      'server/utils/signature.ts',
    ],
    packages: [],
    node: false,
  },
  'server/usecases': {
    folders: ['server/domain', 'server/oauth', 'server/vault', 'server/ports', 'integrations', 'shared'],
    packages: ['zod'],
    node: false,
  },
  'server/api': {
    folders: [
      'server/usecases',
      'shared',
      'server/http/define-route.ts',
      'server/http/define-callback.ts',
      'server/http/caller.ts',
      'server/http/flow-cookie.ts',
      'server/http/read-body.ts',
      'server/http/stream-text.ts',
    ],
    packages: ['h3'],
    node: false,
  },
  // Deployed on their own: nothing of the server, so that they can be.
  'supabase/functions': {
    folders: [],
    packages: ['@supabase/supabase-js', 'chrono-node', 'imapflow', 'linkify-it', 'mailparser', 'zod'],
  },
  'scanner': { folders: ['server/usecases', 'server/start/program.ts'], packages: [] },
  'server/embedded': {
    folders: ['server/stores/supabase-client.ts', 'server/utils/logger.ts'],
    packages: ['@supabase/lite', '@supabase/lite/pglite', '@electric-sql/pglite', '@electric-sql/pglite-socket', 'zod'],
  },
  'server/sandbox': { folders: ['server/embedded/migrate.ts'], packages: ['oidc-provider', 'jose', 'zod'] },
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(ts|vue)$/.test(name))
    .map(name => join(folder, name))
}

function sourceOf(file: string): string {
  const text = readFileSync(join(root, file), 'utf8')
  return file.endsWith('.vue') ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '') : text
}

function importsOf(file: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    )
      found.push(node.moduleSpecifier.text)
    if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      node.arguments[0] &&
      ts.isStringLiteral(node.arguments[0])
    )
      found.push(node.arguments[0].text)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal))
      found.push(node.argument.literal.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, sourceOf(file), ts.ScriptTarget.Latest))
  return found
}

function violations(folder: string, file: string): string[] {
  const rule = TABLE[folder]!
  return importsOf(file).filter((specifier) => {
    if (specifier.startsWith('#shared/')) return !rule.folders.includes('shared')
    if (specifier.startsWith('.')) {
      const target = relative(root, resolve(root, dirname(file), specifier))
      return ![folder, ...rule.folders].some(allowed => target === allowed || target.startsWith(`${allowed}/`))
    }
    if (specifier.startsWith('node:')) return rule.node === false
    return !rule.packages.includes(specifier)
  })
}

describe('who imports what', () => {
  it.each(Object.keys(TABLE))('%s imports only what the table allows', (folder) => {
    const files = filesBelow(folder)
    expect(files.length).toBeGreaterThan(0)
    expect(files.flatMap(file => violations(folder, file).map(specifier => `${file} imports ${specifier}`))).toEqual([])
  })

  it('use-cases and domain take the clock and the environment from outside', () => {
    const offenders = [
      ...filesBelow('server/usecases'),
      ...filesBelow('server/domain'),
      ...filesBelow('server/oauth'),
    ].filter(file => /process\.env|Date\.now\(\)|new Date\(\)|(?<![.\w])fetch\(['"`]/.test(sourceOf(file)))
    expect(offenders).toEqual([])
  })

  it('credentials are opened in few places, each of which writes it down', () => {
    const openers = filesBelow('server').filter(file => /vault\.(unseal|open)\(|\.unsealText\(/.test(sourceOf(file)))
    expect(openers.sort()).toEqual(
      [
        // The record, then the key.
        'server/usecases/credentials/open-credential.ts',
        // Pending connects: what they become is audited as a connect.
        'server/usecases/connect/finish-connection.ts',
        'server/usecases/connect/submit-choice.ts',
        // The journal is the record.
        'server/usecases/credentials/spend-refresh-token.ts',
        // A grant that was issued this moment and not kept: the refresh or connect that issued it is the record.
        'server/usecases/credentials/save-refreshed.ts',
        // Not of a platform's account: the secret of a webhook, of an OAuth app.
        'server/usecases/scanning/receive-webhook.ts',
        'server/usecases/connect/oauth-apps.ts',
        'server/usecases/connect/choose-oauth-app.ts',
      ].sort(),
    )
  })

  it('only composables speak to the API', () => {
    const offenders = ['pages', 'components', 'layouts']
      .flatMap(filesBelow)
      .filter(file => /\$fetch|useLazyFetch|useRequestFetch/.test(sourceOf(file)))
    expect(offenders).toEqual([])
  })

  it('only the start of the process reads the environment, and encryption.ts where it is used alone', () => {
    const offenders = filesBelow('server').filter(file => /process\.env\b/.test(sourceOf(file)))
    expect(offenders.sort()).toEqual(['server/start/once.ts', 'server/utils/encryption.ts'])
  })
})
