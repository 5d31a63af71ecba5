import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../../rigs/lib.mjs'

const GENERATED = new Set(['node_modules', 'dist', 'coverage'])

/** Every source file of the repository or of a folder of it, as git writes paths. */
export function sourceFiles(folder = '.'): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
    if (entry.name.startsWith('.') || GENERATED.has(entry.name)) return []
    if (entry.isDirectory()) return sourceFiles(path)
    return /\.(ts|mts|mjs|vue)$/.test(entry.name) ? [path] : []
  })
}

/** The syntax tree of a file; of a Vue component, that of its scripts. */
export function parse(file: string): ts.SourceFile {
  const text = readFileSync(join(root, file), 'utf8')
  const scripts = /<script[^>]*>([\s\S]*?)<\/script>/g
  const code = file.endsWith('.vue') ? [...text.matchAll(scripts)].map(([, script]) => script).join('\n') : text
  return ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true)
}

/** Calls `see` with a node and everything below it. */
export function walk(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, child => walk(child, see))
}

/** The names in every form of import: `import`, `export … from`, `import()`, and the type `import('…')`. */
export function importsOf(file: string): string[] {
  const found: string[] = []
  const add = (node: ts.Node | undefined) => {
    if (node && ts.isStringLiteralLike(node)) found.push(node.text)
  }
  walk(parse(file), (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0])
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal)
  })
  return found
}
