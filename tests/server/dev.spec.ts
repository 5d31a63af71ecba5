import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { node, root } from '../../rigs/lib.mjs'
import { freePort } from '../../rigs/app.ts'
import { cleanEnvironment } from '../../rigs/process.ts'
import { until } from '../../rigs/wait.ts'
import { Person } from '../../rigs/person.ts'
import type { IntegrationPage } from '../../shared/contracts/integrations.ts'

it('npm run dev says whom to sign in as, has a connected sandbox account, and ends all that it started', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'coffer-dev-'))
  // Inside the repository, so that generated files find the packages. Other tests build into .nuxt meanwhile.
  await mkdir(join(root, '.data'), { recursive: true })
  const buildDir = await mkdtemp(join(root, '.data/dev-test-'))
  const port = await freePort()
  const child = spawn(node, [join(root, 'scripts/dev.mjs')], {
    cwd: root,
    env: {
      ...cleanEnvironment(),
      // The hook of git belongs to the person who works here.
      CI: '1',
      PORT: String(port),
      COFFER_SQL_PORT: String(await freePort()),
      COFFER_DATA_DIR: dataDir,
      COFFER_BUILD_DIR: buildDir,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  try {
    const signIn = await until(
      'the development server to be ready',
      () => {
        if (child.exitCode !== null) throw new Error(`npm run dev ended with ${child.exitCode}:\n${output}`)
        return /Sign in as\s+(\S+)\s+with\s+(\S+)[\s\S]+Ready after/.exec(output)
      },
      110_000,
    )
    expect(output).toContain('Connected          the sandbox account of Ada Lovelace')
    expect(output).toMatch(/psql "postgresql:\/\/postgres@127\.0\.0\.1:\d+/)
    // One line per step and the banner: neither Nuxt's own lines nor the log of requests.
    expect(output).not.toMatch(/vite|nitro|"msg"/i)

    const demo = new Person(`http://localhost:${port}`)
    await demo.json('/api/session', { json: { email: signIn[1], password: signIn[2] } })
    const { body } = await demo.json<IntegrationPage>('/api/integrations')
    expect(body.integrations).toMatchObject([{ integration_type: 'sandbox', status: 'active' }])
  } finally {
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    await expect(fetch(`http://127.0.0.1:${port}/api/health`)).rejects.toThrow()
    for (const folder of [dataDir, buildDir]) await rm(folder, { recursive: true, force: true })
  }
}, 150_000)
