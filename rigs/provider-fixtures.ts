import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ProviderFixture } from '../integrations/fixture.ts'
import { root } from './lib.mjs'

const folder = join(root, 'integrations')

/** `integrations/<id>/fixture.ts` of every provider that has one, by id. */
export const fixtures: Record<string, ProviderFixture> = Object.fromEntries(
  await Promise.all(
    readdirSync(folder)
      .map(id => ({ id, file: join(folder, id, 'fixture.ts') }))
      .filter(({ file }) => existsSync(file))
      .map(async ({ id, file }) => {
        // eslint-disable-next-line coffer/imports -- one file per provider, found by its name
        const { fixture } = (await import(pathToFileURL(file).href)) as { fixture: ProviderFixture }
        return [id, fixture] as const
      }),
  ),
)
