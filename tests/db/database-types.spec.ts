import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { databaseTypes } from '../../rigs/database-types.ts'
import { startPgliteRig } from '../../rigs/pglite-rig.ts'
import { startPostgresRig } from '../../rigs/postgres-rig.ts'
import { root } from '../../rigs/lib.mjs'

it.each([
  ['PGlite', startPgliteRig],
  ['PostgreSQL', startPostgresRig],
] as const)('The generated types of the database are those of the migrations on %s', async (_name, start) => {
  const rig = await start()
  try {
    const written = readFileSync(join(root, 'server/stores/database.types.ts'), 'utf8')
    expect(await databaseTypes(rig)).toBe(written)
  } finally {
    await rig.stop()
  }
})
