// Functions that the scripts share. They run on Node 20 and without node_modules, because they use only Node itself.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
/** The Node 24 that comes as a dependency, because Nuxt does not build on a Node 20 that may have started npm. */
export const node = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
/** The environment for commands, with our Node first on the path. */
export const environment = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  NUXT_TELEMETRY_DISABLED: '1',
}

/** npm writes this list of node_modules at the end of an installation. */
const INSTALLED = join(root, 'node_modules', '.package-lock.json')
const BUILT = join(root, '.output', '.coffer-sources')
const SOURCES = [
  'app.vue',
  'app.config.ts',
  'error.vue',
  'nuxt.config.ts',
  'package-lock.json',
  'assets',
  'components',
  'composables',
  'integrations',
  'layouts',
  'middleware',
  'pages',
  'plugins',
  'public',
  'server',
  'shared',
  'supabase/functions',
  'vercel.json',
  'words',
]

/** Runs a command with our Node first on the path. Ends this process when the command fails. */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env: environment,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error) console.error(error.message)
  if (status !== 0) process.exit(status ?? 1)
}

/** Installs exactly what the lock file says, unless that was done already, by this script or by npm ci. */
export function ensureInstalled() {
  if (isInstalled() && existsSync(node)) return
  console.log('Installing packages (a minute or two, once) …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

function isInstalled() {
  if (!existsSync(INSTALLED)) return false
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(INSTALLED)
  // Packages for other platforms are in the lock file only.
  const missing = Object.keys(wanted).filter(path => path && !isOptional(wanted[path]) && !installed[path])
  const other = Object.keys(installed).filter(path => installed[path].integrity !== wanted[path]?.integrity)
  return missing.length + other.length === 0
}

function isOptional({ optional, devOptional }) {
  return optional || devOptional
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/** Builds the server, unless the existing build was made from the same sources. */
export function ensureBuilt() {
  const sources = digest(SOURCES.map(name => join(root, name)))
  if (read(BUILT) === sources && existsSync(join(root, '.output', 'server', 'index.mjs'))) return
  console.log('Building Coffer (about half a minute, after each change) …')
  // Under a test runner, Nuxt would build something other than npm start builds.
  const env = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(VITEST|TEST$)/.test(name))),
    NODE_ENV: 'production',
  }
  const { status, stdout, stderr } = spawnSync('nuxt', ['build'], {
    cwd: root,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`${stdout ?? ''}${stderr ?? ''}\nThe build failed.`)
    process.exit(1)
  }
  mkdirSync(join(root, '.output'), { recursive: true })
  writeFileSync(BUILT, sources)
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function digest(paths) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(filesBelow)) hash.update(path).update('\0').update(readFileSync(path))
  return hash.digest('hex')
}

function filesBelow(path) {
  if (!existsSync(path)) return []
  try {
    return readdirSync(path, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(entry => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]))
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    throw error
  }
}
