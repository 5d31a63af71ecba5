// npm run licenses counts the licenses of every package in package-lock.json. It lists those that are not permissive
// with the reason why they are allowed. It exits with 1 when a package has a license that nobody has allowed.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root } from '../rigs/lib.mjs'

/** Licenses that ask for no more than a notice. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
])
/** Licenses that ask for more, each with the reason why it is allowed. */
const ALLOWED = {
  'MPL-2.0': 'Copyleft per file. Used unchanged: lightningcss builds the styles, axe-core runs in tests.',
  'CC-BY-3.0': 'Data with attribution: the list of SPDX exceptions, used by lint only.',
  'CC-BY-4.0': 'Data with attribution: the browser table of caniuse, used by the build only.',
}
/** Packages whose package.json names no license. */
const STATED_ELSEWHERE = {
  'vaul-vue': 'MIT',
}

const folder = resolve(process.argv[2] ?? root)

/**
 * Reads the license from the lock file, otherwise from the package itself, where older forms are an object or a list.
 */
function licenseOf(path, entry) {
  const name = entry.name ?? path.split('node_modules/').at(-1)
  if (entry.license) return entry.license
  const manifest = join(folder, path, 'package.json')
  const { license, licenses } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {}
  const given = [license ?? licenses ?? []].flat().map(one => one.type ?? one)
  return given.join(' OR ') || STATED_ELSEWHERE[name] || 'none stated'
}

/** Checks an SPDX expression: of a choice (OR) one part must be allowed, of parts that all apply (AND) every one. */
function choose(expression, allowed) {
  return expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some(choice => choice.split(' AND ').every(part => allowed(part.trim())))
}

const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
const byLicense = new Map()
for (const [path, entry] of Object.entries(packages)) {
  if (!path || entry.link) continue
  const license = licenseOf(path, entry)
  const name = `${path.split('node_modules/').at(-1)}@${entry.version}${entry.dev ? ' (development)' : ''}`
  byLicense.set(license, [...(byLicense.get(license) ?? []), name])
}
const sorted = [...byLicense].sort(([, a], [, b]) => b.length - a.length)
console.log('packages  license')
for (const [license, names] of sorted) console.log(`${String(names.length).padStart(8)}  ${license}`)

let refused = 0
for (const [license, names] of sorted) {
  if (choose(license, part => PERMISSIVE.has(part))) continue
  const reason = choose(license, part => PERMISSIVE.has(part) || part in ALLOWED) ? ALLOWED[license] : undefined
  console.log(`\n${license}: ${reason ?? 'NOT ALLOWED. Replace the package, or allow the license with a reason.'}`)
  for (const name of names) console.log(`  ${name}`)
  if (!reason) refused += names.length
}
if (refused) {
  const packagesHave = refused === 1 ? 'package has a license' : 'packages have licenses'
  console.error(`\n${refused} ${packagesHave} that nobody has allowed.`)
  process.exit(1)
}
