import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'
import { VAULT_OPENERS } from '../../lint/house-rules.ts'
import { root } from '../../rigs/lib.mjs'
import { sourceFiles } from './source-files.ts'

/** With the repository's own configuration, so that this also tests where each rule applies. */
const eslint = new ESLint({ cwd: root })

/** The rules that object to a text at a place. */
async function objections(file: string, code: string): Promise<string[]> {
  const text = file.endsWith('.vue') ? `<script setup lang="ts">\n${code}\n</script>\n` : `${code}\n`
  const [result] = await eslint.lintText(text, { filePath: `${root}/${file}` })
  return result!.messages.map(({ ruleId, message }) => ruleId ?? message).filter(rule => rule.startsWith('coffer/'))
}

type Examples = [rule: string, file: string, code: string][]

const BAD: Examples = [
  ['imports', 'server/domain/bad.ts', 'import \'../stores/rows.ts\''],
  ['imports', 'server/stores/bad.ts', 'export { x } from \'../vault/vault.ts\''],
  ['imports', 'server/usecases/bad.ts', 'export type X = import(\'h3\').H3Event'],
  ['imports', 'server/api/bad.ts', 'export default defineRoute(await import(\'../stores/rows.ts\'))'],
  ['imports', 'pages/bad.vue', 'import { providers } from \'~/integrations/index\''],
  ['imports', 'composables/bad.ts', 'import { createClient } from \'@supabase/supabase-js\''],
  ['imports', 'shared/bad.ts', 'import { readFile } from \'node:fs\''],
  ['imports', 'server/start/bad.ts', 'export const load = (name: string) => import(`../usecases/${name}.ts`)'],
  ['imports', 'server/start/bad.ts', 'const name = \'../http/caller.ts\'\nexport const load = () => import(name)'],

  ['no-api-calls', 'pages/bad.vue', 'const { data } = await useFetch(\'/api/session\')'],
  ['no-api-calls', 'pages/bad.vue', 'const { data } = await useLazyFetch(\'/api/session\')'],
  ['no-api-calls', 'pages/bad.vue', 'const { data } = await useAsyncData(\'x\', () => load())'],
  ['no-api-calls', 'components/Bad.vue', 'await $fetch(\'/api/session\')'],
  ['no-api-calls', 'components/Bad.vue', 'await globalThis.$fetch(\'/api/session\')'],
  ['no-api-calls', 'components/Bad.vue', 'await globalThis[\'$fetch\'](\'/api/session\')'],
  ['no-api-calls', 'layouts/bad.vue', 'const request = useRequestFetch()'],
  ['no-api-calls', 'app.vue', 'import { useFetch as load } from \'#imports\'\nawait load(\'/api/session\')'],
  ['no-api-calls', 'middleware/bad.ts', 'export default () => fetch(\'/api/session\')'],

  ['no-ambient', 'server/usecases/bad.ts', 'export const at = () => Date.now()'],
  ['no-ambient', 'server/usecases/bad.ts', 'export const at = () => Date[\'now\']()'],
  ['no-ambient', 'server/usecases/bad.ts', 'export const at = () => new Date()'],
  ['no-ambient', 'server/usecases/bad.ts', 'export const at = () => Date()'],
  ['no-ambient', 'server/usecases/bad.ts', 'const D = Date\nexport const at = () => new D()'],
  ['no-ambient', 'server/usecases/bad.ts', 'const { now } = Date\nexport const at = () => now()'],
  ['no-ambient', 'server/domain/bad.ts', 'export const at = () => new globalThis.Date()'],
  ['no-ambient', 'server/domain/bad.ts', 'export const chance = () => Math.random()'],
  ['no-ambient', 'server/domain/bad.ts', 'const { random } = Math\nexport const chance = () => random()'],
  ['no-ambient', 'server/oauth/bad.ts', 'export const ask = (url: string) => fetch(url)'],
  ['no-ambient', 'server/oauth/bad.ts', 'export const port = () => process.env.PORT'],
  ['no-ambient', 'server/usecases/bad.ts', 'export const id = () => crypto.randomUUID()'],
  ['no-ambient', 'server/usecases/bad.ts', 'export const wait = (go: () => void) => setTimeout(go, 10)'],

  ['no-environment', 'server/stores/bad.ts', 'export const port = process.env.PORT'],
  ['no-environment', 'server/stores/bad.ts', 'export const port = process[\'env\'].PORT'],
  ['no-environment', 'server/start/bad.ts', 'const { env } = process\nexport const port = env.PORT'],
  ['no-environment', 'server/start/bad.ts', 'export const port = globalThis.process.env.PORT'],
  ['no-environment', 'server/start/bad.ts', 'import { env } from \'node:process\'\nexport const port = env.PORT'],
  ['no-environment', 'server/http/bad.ts', 'export const port = import.meta.env.PORT'],

  ['no-create-error', 'server/http/bad.ts', 'import { createError } from \'h3\'\nthrow createError({ status: 400 })'],
  ['no-create-error', 'server/http/bad.ts', 'import { createError as e } from \'h3\'\nthrow e({ status: 400 })'],
  ['no-create-error', 'server/http/bad.ts', 'import * as h3 from \'h3\'\nthrow h3.createError({ status: 400 })'],

  ['no-opening', 'server/usecases/bad.ts', 'export const open = ({ vault }: any) => vault.unseal({}, {})'],
  ['no-opening', 'server/usecases/bad.ts', 'export const open = ({ unsealText }: any) => unsealText(\'\')'],
  ['no-opening', 'server/usecases/bad.ts', 'export const open = (v: any) => v[\'unseal\']({})'],

  ['no-service-client', 'server/api/bad.ts', 'export default defineRoute(serviceClient(access))'],
  ['no-service-client', 'server/http/bad.ts', 'export const key = (config: any) => config.supabase.serviceRoleKey'],

  ['route-shape', 'server/api/bad.ts', 'export default defineEventHandler(() => null)'],
  ['route-shape', 'server/api/bad.ts', 'export const handler = defineRoute(contract, {})'],
  ['route-shape', 'server/api/bad.ts', 'export const secret = 1\nexport default defineRoute(contract, {})'],
  ['route-shape', 'server/api/bad.ts', 'const route = () => null\nexport default route'],

  ['one-key-a-line', 'server/domain/bad.ts', 'export const four = { a: 1, b: 2, c: 3, d: 4 }'],
]

const GOOD: Examples = [
  ['imports', 'server/stores/good.ts', 'import \'../ports/page.ts\''],
  ['imports', 'server/start/good.ts', 'export const load = () => import(\'../sandbox/index.ts\')'],
  ['no-api-calls', 'composables/good.ts', 'export const load = () => useFetch(\'/api/session\')'],
  ['no-ambient', 'server/domain/good.ts', 'export const copy = (at: Date) => new Date(at.getTime() + 1)'],
  ['no-ambient', 'server/domain/good.ts', 'export const isDate = (at: unknown) => at instanceof Date'],
  ['no-ambient', 'server/domain/good.ts', 'export const at = (a: string) => Math.max(Date.parse(a), Date.UTC(2026))'],
  ['no-ambient', 'server/oauth/good.ts', 'export const ask = (fetch: (url: string) => void) => fetch(\'\')'],
  ['no-ambient', 'server/usecases/good.ts', 'export const at = (deps: { now(): Date }) => deps.now()'],
  ['no-environment', 'server/start/good.ts', 'process.on(\'SIGTERM\', () => process.exit(0))'],
  ['no-environment', 'server/start/once.ts', 'export const port = process.env.PORT'],
  ['no-opening', 'server/usecases/keys/good.ts', 'export const move = (v: any) => v.reseal(\'\', \'\', {})'],
  ['route-shape', 'server/api/good.ts', 'import { defineRoute } from \'x\'\nexport default defineRoute({}, {})'],
  ['one-key-a-line', 'server/domain/good.ts', 'export const three = { a: 1, b: 2, c: 3 }'],
]

describe('our lint rules', () => {
  it.each(BAD)('%s finds in %s: %s', async (rule, file, code) => {
    expect(await objections(file, code)).toContain(`coffer/${rule}`)
  })

  it.each(GOOD)('%s lets pass in %s: %s', async (rule, file, code) => {
    expect(await objections(file, code)).not.toContain(`coffer/${rule}`)
  })

  it('every rule of our own has a bad example that it finds', async () => {
    const config = await eslint.calculateConfigForFile(`${root}/server/api/providers.get.ts`) as {
      plugins: { coffer: { rules: object } }
    }
    expect(Object.keys(config.plugins.coffer.rules).sort()).toEqual([...new Set(BAD.map(([rule]) => rule))].sort())
  })

  it('the list of files that may open what is sealed names only files that exist', () => {
    const files = sourceFiles('server')
    expect(Object.keys(VAULT_OPENERS).filter(file => !files.includes(file))).toEqual([])
  })
})
