import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { root } from '../../rigs/lib.mjs'
import { parse, sourceFiles, walk } from './source-files.ts'

interface ClosedSet {
  name: string
  file: string
  members: string[]
}

const MIGRATIONS = 'supabase/migrations'
const CODE = ['server', 'integrations', 'supabase/functions']

/**
 * Where the members of a set are produced, for words that other sets have too: `unavailable` is said of a platform in
 * many places, and of a connect in one. A set without an entry is searched for in all code.
 */
const PRODUCED_IN: Record<string, string[]> = {
  ERROR_STATUS: ['server'],
  ConnectOutcome: ['server/http'],
  OAuthFailureKind: ['server/oauth'],
  PlatformFailureKind: ['server/oauth/platform-client.ts', 'server/usecases/credentials/pace.ts'],
  IntegrationStatus: ['server/usecases', 'server/oauth', MIGRATIONS],
  HealthCheckOutcome: ['server/usecases/credentials'],
  RefreshErrorClass: ['server/oauth/refresh-token.ts'],
  Revocation: ['server/usecases/credentials/end-grants.ts', 'server/oauth/revoke-token.ts'],
  GrantEnd: ['server/usecases/credentials/end-grants.ts', 'server/oauth/revoke-token.ts'],
  RevocationOutcome: ['server/oauth/revoke-token.ts'],
  Outcome: ['server/usecases/polling'],
  POLL_OUTCOMES: ['server/usecases/polling'],
  FindingState: ['server/domain/findings.ts', 'server/usecases/scanning'],
  ScanCause: ['server/usecases/scanning', 'server/stores', MIGRATIONS],
  ScanStatus: ['server/usecases/scanning', 'server/stores', MIGRATIONS],
  ScanEnd: ['server/usecases/scanning'],
  Purpose: ['server/usecases'],
  EncryptionErrorCode: ['server/utils'],
  Access: ['shared/contracts'],
}

/** Members that nothing produces yet, with the reason. One that is produced by now must go from here. */
const NOT_PRODUCED: Record<string, string> = {
}

/** A literal that stands for a value: not a type, not a key, not what something is compared with, not a declaration. */
function isProduced(literal: ts.StringLiteralLike): boolean {
  const { parent } = literal
  if (ts.isTypeNode(parent) || ts.isCaseClause(parent) || ts.isImportDeclaration(parent)) return false
  if (ts.isPropertyAssignment(parent) && parent.name === literal) return false
  if (ts.isBinaryExpression(parent) && /^[!=]==?$/.test(parent.operatorToken.getText())) return false
  return !(ts.isArrayLiteralExpression(parent) && isListOfMembers(parent))
}

/** `z.enum([…])`, `[…] as const`, `[…].includes(…)` */
function isListOfMembers({ parent }: ts.ArrayLiteralExpression): boolean {
  if (ts.isCallExpression(parent)) return parent.expression.getText() === 'z.enum'
  if (ts.isAsExpression(parent)) return parent.type.getText() === 'const'
  return ts.isPropertyAccessExpression(parent) && parent.name.text === 'includes'
}

const producedBy = new Map<string, Set<string>>()
function literalsProducedIn(file: string): Set<string> {
  const known = producedBy.get(file)
  if (known) return known
  const found = new Set<string>()
  walk(parse(file), (node) => {
    if (ts.isStringLiteralLike(node) && isProduced(node)) found.add(node.text)
  })
  producedBy.set(file, found)
  return found
}

/** SQL produces a literal where it is not one of the list in a CHECK or a comparison. */
function literalsOfMigrations(): Set<string> {
  const sql = readdirSync(join(root, MIGRATIONS)).map(file => readFileSync(join(root, MIGRATIONS, file), 'utf8'))
  const outsideLists = sql.join('\n').replace(/--.*$/gm, '').replace(/\bin \([^()]*\)|array\[[^\]]*\]/gi, '')
  return new Set([...outsideLists.matchAll(/'([a-z_]+)'/g)].map(([, word]) => word!))
}

function literalsIn(places: string[]): Set<string> {
  return new Set(places.flatMap((place) => {
    if (place === MIGRATIONS) return [...literalsOfMigrations()]
    const files = place.endsWith('.ts') ? [place] : sourceFiles(place)
    return files.flatMap(file => [...literalsProducedIn(file)])
  }))
}

const textsOf = (nodes: readonly ts.Node[]) => nodes.filter(ts.isStringLiteralLike).map(({ text }) => text)

/** The members of `type X = 'a' | 'b'`. */
function membersOfUnion({ type }: ts.TypeAliasDeclaration): string[] {
  if (!ts.isUnionTypeNode(type)) return []
  return textsOf(type.types.filter(ts.isLiteralTypeNode).map(({ literal }) => literal))
}

/** The members of `const X = z.enum(['a', 'b'])`, `const X = ['a', 'b'] as const`, and of the keys of ERROR_STATUS. */
function membersOfConstant(declaration: ts.VariableDeclaration): string[] {
  const members: string[] = []
  const name = declaration.name.getText()
  walk(declaration, (node) => {
    if (ts.isCallExpression(node) && node.expression.getText().endsWith('.enum') && isDirect(node, declaration)) {
      const [list] = node.arguments
      if (list && ts.isArrayLiteralExpression(list)) members.push(...textsOf(list.elements))
    }
    if (!ts.isAsExpression(node) || node.type.getText() !== 'const' || node.parent !== declaration) return
    const list = ts.isArrayLiteralExpression(node.expression) ? node.expression.elements : []
    // A constant array is a closed set where a type is made of it.
    if (new RegExp(`type \\w+ = \\(typeof ${name}\\)\\[number\\]`).test(declaration.getSourceFile().text))
      members.push(...textsOf(list))
    if (name === 'ERROR_STATUS' && ts.isObjectLiteralExpression(node.expression))
      members.push(...node.expression.properties.map(({ name }) => name!.getText()))
  })
  return members
}

/** Whether only calls stand between: `z.enum([…]).meta({…})`, and not a property of an object. */
function isDirect(node: ts.Node, declaration: ts.Node): boolean {
  for (let at = node.parent; at !== declaration; at = at.parent) {
    if (!ts.isCallExpression(at) && !ts.isPropertyAccessExpression(at)) return false
  }
  return true
}

function closedSets(): ClosedSet[] {
  return ['shared', ...CODE].flatMap(folder => sourceFiles(folder)).flatMap((file) => {
    const found: ClosedSet[] = []
    walk(parse(file), (node) => {
      const members = ts.isTypeAliasDeclaration(node)
        ? membersOfUnion(node)
        : ts.isVariableDeclaration(node) ? membersOfConstant(node) : []
      const { name } = node as ts.TypeAliasDeclaration | ts.VariableDeclaration
      if (members.length > 1) found.push({ name: name.getText(), file, members })
    })
    return found
  })
}

const sets = closedSets()
const missing = ({ name, members }: ClosedSet) => {
  const produced = literalsIn(PRODUCED_IN[name] ?? CODE)
  return members.filter(member => !produced.has(member))
}

describe('a closed set of words', () => {
  it('a closed set of words is found in unions, in z.enum and in constant arrays', () => {
    const names = sets.map(({ name }) => name)
    const examples = ['ERROR_STATUS', 'ConnectOutcome', 'OAuthFailureKind', 'POLL_OUTCOMES']
    expect(names).toEqual(expect.arrayContaining(examples))
    expect(Object.keys(PRODUCED_IN).filter(name => !names.includes(name))).toEqual([])
  })

  it.each(sets)('$name in $file has only members that some code produces', (set) => {
    const dead = missing(set).filter(member => !NOT_PRODUCED[`${set.name}.${member}`])
    expect(dead, 'Remove them, or say in PRODUCED_IN where they are produced.').toEqual([])
  })

  it('a member that some code produces is not on the list of those that nothing produces', () => {
    const dead = sets.flatMap(set => missing(set).map(member => `${set.name}.${member}`))
    expect(Object.keys(NOT_PRODUCED).filter(member => !dead.includes(member))).toEqual([])
  })
})

describe('the search for produced members', () => {
  const producedIn = (code: string) => {
    const found: string[] = []
    walk(ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true), (node) => {
      if (ts.isStringLiteralLike(node) && isProduced(node)) found.push(node.text)
    })
    return found
  }

  it.each([
    'type Outcome = \'gone\' | \'here\'',
    'const Outcome = z.enum([\'gone\', \'here\'])',
    'const OUTCOMES = [\'gone\', \'here\'] as const',
    'if (outcome === \'gone\') stop()',
    'switch (outcome) { case \'gone\': stop() }',
    'const words = { \'gone\': 1 }',
    'if ([\'gone\', \'lost\'].includes(outcome)) stop()',
  ])('this declaration, key or comparison is not taken for production: %s', (code) => {
    expect(producedIn(code)).toEqual([])
  })

  it.each([
    'return \'gone\'',
    'finish(\'gone\')',
    'const outcome = late ? \'gone\' : undefined',
    'const map = { lost: \'gone\' }',
    'if (end(\'gone\') === other) stop()',
    'const end = (): Outcome => \'gone\'',
  ])('this value is taken for production: %s', (code) => {
    expect(producedIn(code)).toEqual(['gone'])
  })
})
