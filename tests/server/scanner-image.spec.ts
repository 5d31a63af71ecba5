import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { node, root } from '../../rigs/lib.mjs'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { cleanEnvironment } from '../../rigs/process.ts'
import { Person } from '../../rigs/person.ts'
import { querySql } from '../../rigs/sql.ts'

// Outside the repository, so that no node_modules is above it.
let folder: string
let app: RunningApp
let built: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coffer-scanner-'))
  const { status, stdout, stderr } = spawnSync(node, [join(root, 'scripts/build-scanner.ts'), folder], {
    cwd: root,
    env: cleanEnvironment(),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  built = stdout
  app = await startApp()
})
afterAll(async () => {
  await app.stop()
  await rm(folder, { recursive: true })
})

it('the scanner of the image scans what is due, without a package beside it', async () => {
  const person = new Person(app.url)
  await person.signUp()
  const { id } = await person.connectSandbox()
  // A new schedule alone would set the next time itself.
  for (const schedule of ['0 3 * * *', '0 4 * * *'])
    await querySql(
      app.sqlPort,
      `update integrations set scan_schedule = '${schedule}', next_check_at = now() - interval '1 minute'
      where id = '${id}'`,
    )
  const { status, stdout, stderr } = spawnSync(node, [join(folder, 'index.js'), '--once'], {
    cwd: folder,
    env: { ...cleanEnvironment(), APP_URL: app.url, COFFER_DATA_DIR: app.dataDir },
    encoding: 'utf8',
  })
  expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('1 scanned, 0 failed, 0 waiting.'), ''])
})

it('the scanner of the image stays below 150 packages and 100 MB, and carries their licenses', async () => {
  const files = await readdir(folder)
  const sizes = await Promise.all(files.map(async file => (await stat(join(folder, file))).size))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100e6)
  const packages = Number(/(\d+) packages bundled, none to install/.exec(built)?.[1])
  expect(packages).toBeGreaterThan(10)
  expect(packages).toBeLessThan(150)
  expect(files).not.toContain('node_modules')
  const notices = await readFile(join(folder, 'THIRD-PARTY.txt'), 'utf8')
  for (const name of ['undici', 'zod', '@supabase/supabase-js'])
    expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'))
  // The web server's parts and its embedded database are not the scanner's.
  expect(notices).not.toMatch(/^(nuxt|vue|h3|@supabase\/lite|oidc-provider) \d/m)
})
