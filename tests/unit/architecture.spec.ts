import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withTable } from '../../lint/describe-table.ts'
import { findCircle, refusal, rowOf, targetOf } from '../../lint/import-graph.ts'
import { root } from '../../rigs/lib.mjs'
import { importTable, type Row } from '../../lint/import-table.ts'
import { importsOf, sourceFiles } from './source-files.ts'

const files = sourceFiles()
const imports = new Map(files.map(file => [file, importsOf(file)]))
const exceptions = importTable.flatMap(row => row.exceptions ?? [])
const isException = (from: string, to: string) => exceptions.some(known => known.from === from && known.to === to)

/** Arrows between files, without the known exceptions. */
function arrowsOfFiles(): Map<string, Set<string>> {
  const targets = (from: string) =>
    imports.get(from)!.map(name => targetOf(from, name)).filter(to => to !== undefined && imports.has(to)) as string[]
  return new Map(files.map(from => [from, new Set(targets(from).filter(to => !isException(from, to)))]))
}

/** The same arrows between the rooms of the table. */
function arrowsOfRooms(): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>()
  const room = (file: string) => rowOf(importTable, file)!.room
  for (const [from, targets] of arrowsOfFiles()) {
    const known = arrows.get(room(from)) ?? new Set()
    for (const to of targets) if (room(to) !== room(from)) known.add(room(to))
    arrows.set(room(from), known)
  }
  return arrows
}

/** The arrows that the table allows. */
function allowedArrows(table: readonly Row[]): Map<string, Set<string>> {
  const below = (name: string) => table.map(({ room }) => room).filter(room => `${room}/`.startsWith(`${name}/`))
  return new Map(table.map(({ room, may }) => [room, new Set(may.flatMap(below).filter(other => other !== room))]))
}

describe('the import table', () => {
  it('the import table has a row for every folder that holds source', () => {
    expect(files.length).toBeGreaterThan(300)
    expect(files.filter(file => !rowOf(importTable, file))).toEqual([])
  })

  it('every file of the repository keeps to the import table', () => {
    const refused = files.flatMap(file => imports.get(file)!.map(name => refusal(importTable, file, name)))
    expect(refused.filter(Boolean)).toEqual([])
  })

  it('the import table names no exception that the code no longer needs', () => {
    const stale = exceptions.filter(({ from, to }) => !imports.get(from)?.some(name => targetOf(from, name) === to))
    expect(stale).toEqual([])
  })

  it('the import table allows no circle between folders', () => {
    expect(findCircle(allowedArrows(importTable))).toBeUndefined()
  })

  it('docs/architecture.md shows the import table as it is', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    expect(page, 'Run `node scripts/import-table.ts`.').toBe(withTable(page, importTable))
  })
})

describe('the arrows between files', () => {
  it('imports form no circle between folders', () => {
    expect(findCircle(arrowsOfRooms())).toBeUndefined()
  })

  it('imports form no circle between files', () => {
    expect(findCircle(arrowsOfFiles())).toBeUndefined()
  })
})

describe('the check of the import table', () => {
  const table: Row[] = [
    {
      room: 'roof',
      is: '',
      may: ['floor'],
      packages: ['vue'],
      node: ['path'],
    },
    {
      room: 'floor',
      is: '',
      may: [],
      packages: [],
      node: false,
    },
    {
      room: 'floor/cellar',
      is: '',
      may: [],
      packages: ['*'],
      node: true,
    },
  ]

  it.each([
    ['an arrow upward', 'floor/a.ts', '../roof/b.ts'],
    ['an arrow out of the longest matching room', 'floor/cellar/a.ts', '../b.ts'],
    ['an arrow upward through an alias', 'floor/a.ts', '~/roof/b'],
    ['a package that is not named', 'roof/a.ts', 'h3'],
    ['a module of Node that is not named', 'roof/a.ts', 'node:fs'],
    ['any module of Node where none is allowed', 'floor/a.ts', 'node:path'],
    ['a file without a row', 'attic/a.ts', './b.ts'],
  ])('the check of imports finds %s', (_, from, name) => {
    expect(refusal(table, from, name)).toBeTypeOf('string')
  })

  it.each([
    ['an arrow downward', 'roof/a.ts', '../floor/b.ts'],
    ['an arrow into a room of a room below', 'roof/deep/a.ts', '../../floor/cellar/b.ts'],
    ['an arrow inside a room', 'floor/a.ts', './deep/b.ts'],
    ['a part of a package that is named', 'roof/a.ts', 'vue/server-renderer'],
    ['a module of Node that is named', 'roof/a.ts', 'node:path'],
  ])('the check of imports lets %s pass', (_, from, name) => {
    expect(refusal(table, from, name)).toBeUndefined()
  })

  it('a circle of three is found, and none in a tree', () => {
    const circle = new Map([['a', new Set(['b'])], ['b', new Set(['c'])], ['c', new Set(['b'])]])
    expect(findCircle(circle)).toEqual(['b', 'c', 'b'])
    expect(findCircle(new Map([['a', new Set(['b', 'c'])], ['b', new Set(['c'])]]))).toBeUndefined()
  })
})
