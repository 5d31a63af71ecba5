import { randomBytes } from 'node:crypto'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { environment, node, root } from '../../rigs/lib.mjs'
import { freePort } from '../../rigs/app.ts'
import { cleanEnvironment } from '../../rigs/process.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { until } from '../../rigs/wait.ts'

const CRON_SECRET = 'a-cron-secret-of-the-tests'
const OUTPUT = join(root, '.vercel/output')
let rig: PostgresRig
let server: ChildProcess
let url: string

beforeAll(async () => {
  const env = {
    ...cleanEnvironment(),
    PATH: environment.PATH,
    NITRO_PRESET: 'vercel',
    NODE_ENV: 'production',
    NUXT_TELEMETRY_DISABLED: '1',
  }
  const built = spawnSync('nuxt', ['build'], { cwd: root, env, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`${built.stdout}${built.stderr}`)
  rig = await startPostgresRig()
  const port = await freePort()
  url = `http://localhost:${port}`
  // Starts the function as Vercel's Node launcher does.
  const entry = JSON.stringify(join(OUTPUT, 'functions/__fallback.func/index.mjs'))
  const launcher = `
    const { default: handler } = await import(${entry})
    const { createServer } = await import('node:http')
    createServer(handler).listen(${port}, '127.0.0.1')`
  server = spawn(node, ['--input-type=module', '-e', launcher], {
    stdio: 'ignore',
    env: {
      ...cleanEnvironment(),
      NODE_ENV: 'production',
      VERCEL: '1',
      CRON_SECRET,
      APP_URL: 'https://coffer.example.com',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      SUPABASE_URL: rig.url,
      SUPABASE_ANON_KEY: rig.keys.publishable,
      SUPABASE_SERVICE_ROLE_KEY: rig.keys.secret,
    },
  })
  await until(
    'the function to answer',
    async () => (await fetch(`${url}/api/health`).catch(() => undefined))?.status === 200,
  )
}, 300_000)
afterAll(async () => {
  const ended = new Promise(resolve => server.once('exit', resolve))
  server.kill('SIGKILL')
  await ended
  await rig.stop()
})

it('The Vercel build contains the crons, and each of them works as Vercel calls it', async () => {
  const { crons } = JSON.parse(await readFile(join(OUTPUT, 'config.json'), 'utf8')) as {
    crons: { path: string, schedule: string }[]
  }
  expect(crons).toEqual((JSON.parse(await readFile(join(root, 'vercel.json'), 'utf8')) as { crons: unknown }).crons)
  expect(crons.map(({ path, schedule }) => [path, schedule])).toContainEqual(['/api/cron/token-refresh', '*/5 * * * *'])
  for (const { path } of crons) {
    const answer = await fetch(url + path, {
      headers: { 'authorization': `Bearer ${CRON_SECRET}`, 'user-agent': 'vercel-cron/1.0' },
    })
    expect([path, answer.status]).toEqual([path, 200])
    expect(await answer.json()).toMatchObject({ success: true, cronType: path.split('/').at(-1) })
    expect((await fetch(url + path)).status).toBe(401)
  }
})

it('The Vercel function has settings that can run it and starts no part of the embedded database', async () => {
  expect(JSON.parse(await readFile(join(OUTPUT, 'functions/__fallback.func/.vc-config.json'), 'utf8'))).toMatchObject({
    runtime: expect.stringMatching(/^nodejs2[24]/),
    launcherType: 'Nodejs',
  })
  expect((await fetch(`${url}/api/ready`)).status).toBe(200)
  expect((await fetch(`${url}/rest/v1/integrations`)).status).toBe(404)
})
