import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../rigs/lib.mjs'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { until } from '../../rigs/wait.ts'

const CRON_SECRET = 'a-cron-secret-of-the-tests'
const CRON_API_KEY = 'the-master-key-of-the-tests'
const hasCurl = spawnSync('curl', ['--version']).status === 0
let app: RunningApp
beforeAll(async () => {
  app = await startApp({ env: { CRON_SECRET, CRON_API_KEY } })
})
afterAll(async () => {
  await app.stop()
})
const shell = (script: string, env: Record<string, string>) =>
  new Promise<{ status: number | null, stdout: string }>((resolve) => {
    // Not in the way of the server's event loop: it is a process of its own.
    const { status, stdout } = spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
      env: { PATH: process.env.PATH!, ...env },
      encoding: 'utf8',
    })
    resolve({ status, stdout })
  })

describe('the route of a job', () => {
  it.each(['token-refresh', 'maintenance', 'platform-polling', 'scans'])(
    'starts %s by GET and by POST, and refuses any other method with 405',
    async (job) => {
      const ask = async (method: string) => {
        const headers = { authorization: `Bearer ${CRON_SECRET}` }
        const response = await fetch(`${app.url}/api/cron/${job}`, { method, headers })
        return { status: response.status, body: (await response.json()) as Record<string, unknown> }
      }
      for (const method of ['GET', 'POST'])
        expect(await ask(method)).toMatchObject({ status: 200, body: { success: true, cronType: job } })
      for (const method of ['PUT', 'DELETE'])
        expect(await ask(method)).toMatchObject({ status: 405, body: { error: 'method_not_allowed' } })
    },
  )
})

describe.skipIf(!hasCurl)('schedulers that call from outside', () => {
  it('The step of the GitHub cron workflow calls each job and fails when it is refused', async () => {
    const workflow = await readFile(join(root, 'docs/examples/cron.yml'), 'utf8')
    const jobs = /job: \[(.+)\]/.exec(workflow)![1]!.split(', ')
    const step = /run: \|\n([\s\S]+)$/.exec(workflow)![1]!
    for (const job of jobs) {
      const script = step.replaceAll('${{ matrix.job }}', job)
      const { status, stdout } = await shell(script, { COFFER_URL: app.url, CRON_SECRET })
      expect([job, status]).toEqual([job, 0])
      expect(JSON.parse(stdout)).toMatchObject({ success: true, cronType: job })
      expect((await shell(script, { COFFER_URL: app.url, CRON_SECRET: 'wrong' })).status).not.toBe(0)
    }
  })

  it('The step of the auto-sync workflow calls the webhook for each user and fails when it is refused', async () => {
    const workflow = await readFile(join(root, 'docs/examples/auto-sync.yml'), 'utf8')
    const step = /run: \|\n([\s\S]+)$/.exec(workflow)![1]!
    const users = [crypto.randomUUID(), crypto.randomUUID()]
    const env = { COFFER_URL: app.url, COFFER_SYNC_USERS: users.join(' '), CRON_API_KEY }
    const { status, stdout } = await shell(step, env)
    expect([status, stdout.match(/"skipped":\s*"disabled"/g)?.length]).toEqual([0, 2])
    expect((await shell(step, { ...env, CRON_API_KEY: 'wrong' })).status).not.toBe(0)
  })

  it('The crontab lines of the documentation run the jobs that they name', async () => {
    const guide = await readFile(join(root, 'docs/schedulers.md'), 'utf8')
    const folder = await mkdtemp(join(tmpdir(), 'coffer-cron-'))
    await writeFile(join(folder, 'cron.curlrc'), `header = "Authorization: Bearer ${CRON_SECRET}"\n`, { mode: 0o600 })
    const lines = [...guide.matchAll(/^(?:\S+ ){4}\S+\s+(curl .+)$/gm)].map(match => match[1]!)
    expect(lines).toHaveLength(4)
    for (const line of lines) {
      const { status, stdout } = await shell(
        line
          .replace('https://coffer.example.com', app.url)
          .replace('/etc/coffer/cron.curlrc', join(folder, 'cron.curlrc')),
        {},
      )
      expect([line, status]).toEqual([line, 0])
      expect(JSON.parse(stdout)).toMatchObject({ success: true })
    }
    await rm(folder, { recursive: true })
  })
})

describe('the Node server\'s own scheduler', () => {
  it('The scheduler of the Node server runs the jobs without a secret or a request', async () => {
    // What it is for shows in the log when there is something to do; that it is on shows at the next full minute.
    const own = await startApp({ env: { COFFER_SCHEDULER: 'on' } })
    await until('the scheduler\'s first run', () => own.output().includes('The job has finished.'), 90_000)
    await own.stop()
  }, 120_000)
})
