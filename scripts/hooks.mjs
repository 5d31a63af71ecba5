// npm run hooks makes git run .githooks/pre-commit before each commit. npm run dev does the same on its first run.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../rigs/lib.mjs'

const FOLDER = '.githooks'
const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' })

/** Sets the hooks folder of a git checkout, but never in CI, and never in place of a folder that somebody chose. */
export function ensureHooks() {
  if (process.env.CI || !existsSync(join(root, '.git'))) return
  if (git('config', '--get', 'core.hooksPath').stdout) return
  if (git('config', 'core.hooksPath', FOLDER).status === 0)
    console.log(`git now runs ${FOLDER}/pre-commit before each commit (undo: git config --unset core.hooksPath).`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureHooks()
