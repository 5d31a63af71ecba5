import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../rigs/lib.mjs'

const WIDTH = 120
const SKIPPED = ['node_modules', '.git', '.nuxt', '.output', '.data', 'coverage']
/** Folders whose name makes a text in backticks look like a path of this repository. */
const ROOMS = globSync('*/', { cwd: root }).filter(name => !SKIPPED.includes(name) && !name.startsWith('.'))

const pages = globSync('**/*.md', { cwd: root, exclude: path => SKIPPED.includes(path.split('/').at(-1)!) })

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** The text without its code blocks, with as many lines as before. */
function prose(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, block => block.replaceAll(/[^\n]+/g, ''))
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading] of prose(text).matchAll(/^#{1,6} +(.+)$/gm)) {
    const words = heading!.replaceAll(/[`*]|\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(/\s/g, '-')
    let again = 0
    let free = anchor
    while (anchors.has(free)) free = `${anchor}-${++again}`
    anchors.add(free)
  }
  return anchors
}

/** The links of a page that lead nowhere in this repository. */
function deadLinks(page: string, text = read(page)): string[] {
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path ? resolve(root, dirname(page), path) : join(root, page)
    if (!existsSync(target)) return true
    if (anchor === undefined) return false
    return !anchorsOf(target === join(root, page) ? text : read(relative(root, target))).has(anchor)
  })
}

/** The texts in backticks that look like paths of this repository and do not exist. */
function deadPaths(text: string): string[] {
  return [...prose(text).matchAll(/`([^`]+)`/g)]
    .map(match => match[1]!)
    .filter(name => /^[\w@.[\]-]+\/[\w@./[\]-]*$/.test(name) && ROOMS.includes(name.split('/')[0]!))
    .filter(name => !existsSync(join(root, name)))
}

/** The lines of text that are too long. Tables, code and links that cannot be broken may be longer. */
function longLines(text: string): string[] {
  return prose(text).split('\n').filter(line => line.length > WIDTH && !line.startsWith('|') && line.includes(' '))
}

/** The reasons in the table of statuses. */
function reasonsIn(text: string): string[] {
  return [...text.matchAll(/^\| `(?:needs_reauth|misconfigured)`, `(\w+)` \|/gm)].map(match => match[1]!)
}

describe('the documentation', () => {
  it('has pages to look at', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'integrations/README.md']))
    expect(ROOMS).toEqual(expect.arrayContaining(['server', 'tests', 'docs']))
  })

  it.each(pages)('%s links only to files and headings that exist', (page) => {
    expect(deadLinks(page)).toEqual([])
  })

  it.each(pages)('%s names only paths that exist', (page) => {
    expect(deadPaths(read(page))).toEqual([])
  })

  it.each(globSync(['docs/*.md', 'integrations/README.md'], { cwd: root }))('%s is wrapped at 120 columns', (page) => {
    expect(longLines(read(page))).toEqual([])
  })

  it('is indexed: docs/README.md links to every page beside it', () => {
    const index = read('docs/README.md')
    const others = globSync('docs/*.md', { cwd: root }).map(page => page.slice('docs/'.length))
    expect(others.filter(page => page !== 'README.md' && !index.includes(`](${page})`))).toEqual([])
  })

  it('explains only status reasons that a use-case can write', () => {
    const reasons = reasonsIn(read('docs/architecture.md'))
    const code = globSync('server/usecases/**/*.ts', { cwd: root }).map(read).join('\n')
    expect(reasons.length).toBeGreaterThan(5)
    expect(reasons.filter(reason => !code.includes(`'${reason}'`))).toEqual([])
  })
})

describe('the checks of the documentation', () => {
  it('find a link to a missing file, and one to a missing heading', () => {
    const text = '# Here\n[a](missing.md) [b](#there) [c](#here) [d](README.md#limits) [e](https://example.com)\n'
    expect(deadLinks('docs/README.md', text)).toEqual(['missing.md', '#there', 'README.md#limits'])
  })

  it('find a path in backticks that does not exist, and leave code blocks and other texts alone', () => {
    const text = '`server/gone.ts` `server/api` `application/json`\n```\n`server/gone-too.ts`\n```\n'
    expect(deadPaths(text)).toEqual(['server/gone.ts'])
  })

  it('find a line that is too long', () => {
    const long = 'word '.repeat(30)
    expect(longLines(`${long}\n| ${long} |\nhttps://example.com/${'x'.repeat(WIDTH)}\n`)).toEqual([long])
  })
})
