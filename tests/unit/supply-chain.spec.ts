import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { node, root } from '../../rigs/lib.mjs'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coffer-supply-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const script = (name: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(node, [join(root, 'scripts', name), ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}
const licensesOf = (licenses: Record<string, string | undefined>) => {
  const packages = Object.entries(licenses).map(([name, license]) => [
    `node_modules/${name}`,
    { version: '1.0.0', ...(license ? { license } : {}) },
  ])
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: Object.fromEntries(packages) }))
  return script('licenses.mjs', folder)
}

describe('npm run licenses', () => {
  it('finds a reason for every license in this repository', () => {
    const { status, stdout, stderr } = script('licenses.mjs')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^ +\d+ {2}MIT$/m)
  })

  it('lists what is allowed with a reason, and takes the best part of a choice', () => {
    const { status, stdout } = licensesOf({ a: 'MPL-2.0', b: '(BSD-3-Clause OR GPL-2.0)', c: 'MIT AND ISC' })
    expect(status).toBe(0)
    expect(stdout).toMatch(/MPL-2\.0: Copyleft per file\..+\n {2}a@1\.0\.0/)
    expect(stdout).not.toContain('NOT ALLOWED')
  })

  it.each(['AGPL-3.0-only', 'MIT AND GPL-3.0-only', undefined])('ends with 1 for a package under %s', (license) => {
    const { status, stdout, stderr } = licensesOf({ fine: 'MIT', foul: license })
    expect([status, stderr]).toEqual([1, expect.stringContaining('1 package has a license that nobody has allowed')])
    expect(stdout).toContain('foul@1.0.0')
  })
})

describe('npm run sbom', () => {
  it('writes CycloneDX of what runs in production', () => {
    const file = join(folder, 'sbom.json')
    expect(script('sbom.mjs', file).status).toBe(0)
    const document = JSON.parse(readFileSync(file, 'utf8')) as {
      bomFormat: string
      components: { purl: string }[]
      metadata: { component: { name: string } }
    }
    expect([document.bomFormat, document.metadata.component.name]).toEqual(['CycloneDX', 'coffer'])
    const names = document.components.map(({ purl }) => decodeURIComponent(purl).replace(/^pkg:npm\/(.+)@.*$/, '$1'))
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)))
    for (const name of ['vitest', 'eslint', '@aws-sdk/client-kms']) expect(names).not.toContain(name)
  }, 60_000)
})
