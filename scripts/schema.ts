// npm run schema: writes supabase/schema.sql, what the migrations add up to. A test rebuilds it and compares.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPgliteRig } from '../rigs/pglite-rig.ts'
import { describeSchema } from '../rigs/describe-schema.ts'
import { root } from './lib.mjs'

const rig = await startPgliteRig()
writeFileSync(join(root, 'supabase/schema.sql'), await describeSchema(rig))
await rig.stop()
