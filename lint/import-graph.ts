import type { Row } from './import-table.ts'

/** A path inside the repository, with `/`, as git writes it. */
export type File = string

const holds = (room: string, file: File): boolean => file === room || file.startsWith(`${room}/`)

/** Returns the row of a file: the one whose room matches the longest part of its path. */
export function rowOf(table: readonly Row[], file: File): Row | undefined {
  return table
    .filter(({ room }) => holds(room, file))
    .reduce<Row | undefined>((best, row) => (best && best.room.length >= row.room.length ? best : row), undefined)
}

/** Resolves an import. @returns the file that a specifier names, or undefined when it names a package */
export function targetOf(from: File, specifier: string): File | undefined {
  const alias = /^(?:~~|@@|~|@|#shared|#server)(?=\/)/.exec(specifier)?.[0]
  if (!specifier.startsWith('.') && !alias) return undefined
  const inside = alias?.startsWith('#') ? specifier.slice(1) : specifier.slice((alias?.length ?? -1) + 1)
  const path = alias ? inside : `${from.slice(0, from.lastIndexOf('/') + 1)}${specifier}`
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part) parts.push(part)
  }
  return parts.join('/')
}

/** Checks an import against the table. @returns why the file may not have it, or undefined when it may */
export function refusal(table: readonly Row[], from: File, specifier: string): string | undefined {
  const row = rowOf(table, from)
  if (!row) return `${from} has no row in the import table.`
  const target = targetOf(from, specifier)
  if (target === undefined) return packageRefusal(row, specifier)
  if (rowOf(table, target)?.room === row.room || row.may.some(room => holds(room, target))) return undefined
  if (row.exceptions?.some(({ from: file, to }) => file === from && to === target)) return undefined
  return `${row.room} may not import ${target}.`
}

function packageRefusal({ room, packages, node }: Row, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) {
    const allowed = typeof node === 'boolean' ? node : node.includes(specifier.slice('node:'.length))
    return allowed ? undefined : `${room} may not import ${specifier}.`
  }
  const allowed = packages.some(name => name === '*' || specifier === name || specifier.startsWith(`${name}/`))
  return allowed ? undefined : `${room} may not import the package ${specifier}.`
}

/**
 * Follows arrows from each node.
 * @returns the first circle, as the names along it with the first one repeated, or undefined
 */
export function findCircle(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>()
  const path: string[] = []
  function visit(node: string): string[] | undefined {
    const start = path.indexOf(node)
    if (start >= 0) return [...path.slice(start), node]
    if (done.has(node)) return undefined
    path.push(node)
    for (const next of arrows.get(node) ?? []) {
      const circle = visit(next)
      if (circle) return circle
    }
    path.pop()
    done.add(node)
    return undefined
  }
  for (const node of arrows.keys()) {
    const circle = visit(node)
    if (circle) return circle
  }
  return undefined
}
