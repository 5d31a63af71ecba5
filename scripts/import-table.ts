// node scripts/import-table.ts writes the import table into docs/architecture.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { withTable } from '../lint/describe-table.ts'
import { importTable } from '../lint/import-table.ts'

const page = new URL('../docs/architecture.md', import.meta.url)
writeFileSync(page, withTable(readFileSync(page, 'utf8'), importTable))
