// npm run keys -- status | rotate | verify shows which keys seal which rows, seals rows again under the current key,
// and proves that a retired key is no longer needed.
import { startBeside } from '../server/start/program.ts'
import type { Deps } from '../server/usecases/deps.ts'
import { readKeyStatus } from '../server/usecases/keys/key-status.ts'
import { rotateKeys } from '../server/usecases/keys/rotate-keys.ts'
import { verifyKeys } from '../server/usecases/keys/verify-keys.ts'

const USAGE = `Usage:
  npm run keys -- status                               rows by table and key; ages; warnings
  npm run keys -- rotate [--dry-run] [--per-second N]  seals again under ENCRYPTION_KEY what ENCRYPTION_KEYS_RETIRED
                                                       opens; may be stopped and started again
  npm run keys -- verify                               opens everything, and proves that a retired key can be removed`
const [command, ...options] = process.argv.slice(2)
const stopping = new AbortController()

const COMMANDS: Record<string, (deps: Deps) => Promise<boolean>> = {
  async status(deps) {
    const { rows, warnings } = await readKeyStatus(deps)
    if (!rows.length) console.log(`The current key is ${deps.vault.keyId}. Nothing is sealed yet.`)
    for (const { table, keyId, rows: count, state } of rows)
      console.log(`${table.padEnd(20)} ${keyId.padEnd(18)} ${state.padEnd(9)} ${count} ${count === 1 ? 'row' : 'rows'}`)
    for (const warning of warnings) console.log(`Warning: ${warning}`)
    return warnings.length === 0
  },
  async rotate(deps) {
    const dryRun = options.includes('--dry-run')
    const perSecond = options.includes('--per-second') ? Number(options[options.indexOf('--per-second') + 1]) : Infinity
    if (!(perSecond > 0)) throw new Error('--per-second needs a number of rows')
    if (deps.vault.knownKeyIds.length === 1) {
      console.log(
        'ENCRYPTION_KEYS_RETIRED is empty, so no key can be replaced.'
        + ' docs/operations.md describes the steps in their order.',
      )
      return true
    }
    let shown = 0
    const { resealed, unopened, left, busyElsewhere } = await rotateKeys(deps, {
      dryRun,
      perSecond,
      progress: ({ table, resealed }) => {
        if (resealed - shown < 5000) return
        shown = resealed
        console.log(`${table}: ${resealed} rows so far`)
      },
    })
    if (busyElsewhere) {
      console.log('Another process is rotating already. If it was killed, wait a minute, then try again.')
      return false
    }
    console.log(`${resealed} rows ${dryRun ? 'would be' : 'are'} sealed again under ${deps.vault.keyId}.`)
    if (unopened)
      console.log(`${unopened} rows do not open with any key given here. npm run keys -- verify names them.`)
    if (left) console.log(`${left} rows were busy until the end. Run the rotation again.`)
    return !stopping.signal.aborted && unopened + left === 0
  },
  async verify(deps) {
    const { byKey, broken, brokenCount } = await verifyKeys(deps)
    const labeled = (await deps.keys.count()).filter(({ keyId }) => keyId !== null && keyId !== deps.vault.keyId)
    for (const [keyId, count] of byKey) {
      const state = keyId === deps.vault.keyId ? 'current' : 'retired'
      console.log(`${keyId} opens ${count} ${count === 1 ? 'row' : 'rows'} (${state})`)
    }
    for (const { table, id } of broken) console.log(`Does not open: ${table} ${id}`)
    if (brokenCount > broken.length) console.log(`and ${brokenCount - broken.length} more`)
    const unrecovered = await deps.recovery.list()
    if (unrecovered.length)
      console.log(
        `${unrecovered.length} refreshed credentials wait on this disk (recovery) and may need a retired key:`
        + ' let the server save them first.',
      )
    const retired =
      [...byKey].filter(([keyId]) => keyId !== deps.vault.keyId).reduce((sum, [, count]) => sum + count, 0) +
      labeled.reduce((sum, { rows }) => sum + rows, 0)
    console.log(`${retired} rows under a retired key`)
    if (retired === 0 && brokenCount + unrecovered.length === 0) console.log('ENCRYPTION_KEYS_RETIRED can be emptied.')
    return retired + brokenCount + unrecovered.length === 0
  },
}

const run = COMMANDS[command ?? '']
if (!run) {
  console.error(USAGE)
  process.exit(2)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
try {
  const { deps } = await startBeside(
    { ...process.env, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' },
    'command',
    stopping.signal,
  )
  process.exit((await run(deps)) ? 0 : 1)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
