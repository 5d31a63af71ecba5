// npm run sbom [-- <file>] [--dev] writes a software bill of materials of the installed packages as CycloneDX JSON,
// into a file or to standard output. Without --dev it names only what runs in production.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment, root } from '../rigs/lib.mjs'

const args = process.argv.slice(2)
const file = args.find(arg => !arg.startsWith('--'))
const json = name => JSON.parse(readFileSync(join(root, name), 'utf8'))

/** Runs npm sbom. @returns its document about the whole installation */
function describe() {
  // npm refuses to describe a tree with a peer that it calls invalid, as one of Nuxt UI's is, unless peers are ignored.
  const { status, stdout, stderr } = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--legacy-peer-deps'], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
  if (status === 0) return JSON.parse(stdout)
  console.error(stderr)
  process.exit(1)
}

/**
 * Drops development packages by the lock file, because npm's own --omit=dev also drops some packages that run in
 * production.
 */
function withoutDevelopment(document) {
  const kept = new Set()
  for (const [path, { version, name, dev, devOptional }] of Object.entries(json('package-lock.json').packages))
    if (!dev && !devOptional) kept.add(`${name ?? path.split('node_modules/').at(-1)}@${version}`)
  const components = document.components.filter(({ purl }) => kept.has(nameOf(purl)))
  const refs = new Set([document.metadata.component, ...components].map(component => component['bom-ref']))
  const dependencies = document.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn?.filter(other => refs.has(other)) }))
  return { ...document, components, dependencies }
}

/** pkg:npm/%40scope/name@1.0.0?… → @scope/name@1.0.0 */
function nameOf(purl) {
  return decodeURIComponent(purl.replace(/^pkg:npm\//, '').replace(/\?.*$/, ''))
}

const whole = describe()
// npm names the application after its folder.
whole.metadata.component.name = json('package.json').name
const document = args.includes('--dev') ? whole : withoutDevelopment(whole)
const text = `${JSON.stringify(document, null, 2)}\n`
if (file) {
  writeFileSync(file, text)
  console.error(`${document.components.length} components in ${file}`)
} else process.stdout.write(text)
