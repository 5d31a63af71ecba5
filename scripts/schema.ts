// npm run schema writes the resulting schema of the migrations (supabase/schema.sql) and the types of the database
// (server/stores/database.types.ts). Run it after a change to supabase/migrations. Tests rebuild both and compare.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { databaseTypes } from '../rigs/database-types.ts'
import { describeSchema } from '../rigs/describe-schema.ts'
import { startPgliteRig } from '../rigs/pglite-rig.ts'
import { root } from '../rigs/lib.mjs'

const rig = await startPgliteRig()
writeFileSync(join(root, 'supabase/schema.sql'), await describeSchema(rig))
writeFileSync(join(root, 'server/stores/database.types.ts'), await databaseTypes(rig))
await rig.stop()
