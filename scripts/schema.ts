// npm run schema: writes supabase/schema.sql, what the migrations add up to. A test rebuilds it and compares.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPgliteRig } from '../tests/support/pglite-rig.ts'
import { describeSchema } from '../tests/support/describe-schema.ts'
import { root } from './lib.mjs'

const rig = await startPgliteRig()
writeFileSync(join(root, 'supabase/schema.sql'), await describeSchema(rig))
await rig.stop()
