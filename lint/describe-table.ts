import type { Row } from './import-table.ts'

const START = '<!-- The import table: written by `node scripts/import-table.ts` from lint/import-table.ts. -->'
const END = '<!-- The end of the import table. -->'
const WIDTH = 118

/** Formats the table as a wrapped list in Markdown. */
function describeTable(table: readonly Row[]): string {
  return table.flatMap(row => [`- **\`${row.room}\`**: ${row.is}.`, ...describeRow(row)].flatMap(wrap)).join('\n')
}

/** Replaces the import table of a document. @returns the document with the table between its two marks */
export function withTable(document: string, table: readonly Row[]): string {
  const [before, rest] = document.split(`${START}\n`)
  const after = rest?.split(`${END}\n`)[1]
  if (after === undefined) throw new Error('The document has no marks for the import table.')
  return `${before}${START}\n\n${describeTable(table)}\n\n${END}\n${after}`
}

function describeRow({ may, packages, node, exceptions = [] }: Row): string[] {
  const code = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ')
  const modules = node === true ? ['`node:*`'] : node === false ? [] : [code(node.map(name => `node:${name}`))]
  const anyPackage = packages.includes('*') ? ['any package'] : packages.length ? [code(packages)] : []
  return [
    `  Imports ${[...(may.length ? [code(may)] : []), ...anyPackage, ...modules].join('; ') || 'nothing'}.`,
    ...exceptions.map(({ from, to, because }) => `  Exception: \`${from}\` imports \`${to}\`. ${because}`),
  ]
}

function wrap(line: string): string[] {
  const lines: string[] = []
  let rest = line
  while (rest.length > WIDTH) {
    const cut = rest.lastIndexOf(' ', WIDTH)
    lines.push(rest.slice(0, cut))
    rest = `  ${rest.slice(cut + 1)}`
  }
  return [...lines, rest]
}
