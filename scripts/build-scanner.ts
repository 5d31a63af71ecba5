// npm run scanner:build [-- <folder>] bundles the scanner and its imports into one program that needs only Node, by
// default in .output/scanner. The scanner's image contains this program.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from '../rigs/lib.mjs'

interface Manifest {
  name: string
  version: string
  license?: string
}

const folder = resolve(process.argv[2] ?? join(root, '.output/scanner'))
const bundle = await rolldown({
  input: join(root, 'scanner/index.ts'),
  platform: 'node',
  onLog(level, log, handle) {
    // Otherwise a package that is not found would be noticed only when the scanner runs.
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
    if (level === 'warn') handle(level, log)
  },
})
const { output } = await bundle.write({ dir: folder, format: 'esm', cleanDir: true })
await bundle.close()

const modules = output.flatMap(part => (part.type === 'chunk' ? part.moduleIds : []))
const packages = packagesOf(modules)
const coffer = manifestOf(root)
writeFileSync(
  join(folder, 'package.json'),
  `${JSON.stringify({
    name: 'coffer-scanner',
    version: coffer.version,
    type: 'module',
    private: true,
  }, null, 2)}\n`,
)
writeFileSync(join(folder, 'THIRD-PARTY.txt'), packages.map(noticeOf).join(`\n${'-'.repeat(80)}\n\n`))
const bytes = output.reduce((sum, part) => sum + (part.type === 'chunk' ? part.code : part.source).length, 0)
console.log(`${folder}: ${(bytes / 1e6).toFixed(1)} MB, ${packages.length} packages bundled, none to install`)

/** Returns the folders of the packages that the modules belong to, each once. */
function packagesOf(files: string[]): string[] {
  const folders = files.map(file => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
  return [...new Set(folders.filter(found => found !== undefined))].sort()
}

function manifestOf(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
}

/** Returns the notice that the license of a bundled package asks for: its own text beside the program. */
function noticeOf(path: string): string {
  const { name, version, license = 'see its repository' } = manifestOf(path)
  const file = existsSync(path) ? readdirSync(path).find(entry => /^licen[cs]e/i.test(entry)) : undefined
  return `${name} ${version} (${license})\n${file ? `\n${readFileSync(join(path, file), 'utf8').trim()}\n` : ''}`
}
