// npm run audit -- verify [--checkpoint <file>] checks that the audit log is what was written. npm run audit --
// checkpoint prints the signed state of the log.
import { readFile } from 'node:fs/promises'
import { startBeside } from '../server/start/program.ts'
import {
  Checkpoint,
  compareCheckpoint,
  makeCheckpoint,
  verifyAudit,
  type AuditFault,
} from '../server/usecases/audit/verify-audit.ts'

const USAGE = `Usage:
  npm run audit -- verify                       checks every row of every organization's chain
  npm run audit -- verify --checkpoint <file>   also checks that it still contains what it contained then
  npm run audit --silent -- checkpoint > <file> states where every chain ends, signed`
const MEANING: Record<AuditFault['kind'], string> = {
  changed: 'is not what was written',
  moved: 'does not follow the row before it',
  removed: 'is gone',
  inserted: 'was inserted without the chain',
  cut: 'is missing from the end',
  rewritten: 'is not what the checkpoint says it was',
}
const [command, option, file] = process.argv.slice(2)

function say(fault: AuditFault): string {
  const row =
    fault.auditId === null
      ? `the row at ${fault.seq ?? 'the end'}`
      : `row ${fault.auditId}${fault.seq === null ? '' : ` (at ${fault.seq})`}`
  return `  ${fault.organizationId}: ${row} ${MEANING[fault.kind]}`
}

async function verify(): Promise<boolean> {
  const { deps } = await startBeside(
    { ...process.env, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' },
    'command',
    new AbortController().signal,
  )
  const began = performance.now()
  const { organizations, rows, faults } = await verifyAudit(deps, (checked) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${checked} rows`)
  })
  if (process.stderr.isTTY) process.stderr.write('\r')
  if (file) {
    const checkpoint = Checkpoint.parse(JSON.parse(await readFile(file, 'utf8')))
    const compared = await compareCheckpoint(deps, checkpoint)
    if (compared.signature !== 'right') {
      console.log(
        compared.signature === 'wrong'
          ? 'The signature of the checkpoint is wrong: the file was changed, or is not of this installation.'
          : `The checkpoint was signed with the key ${checkpoint.key_id}, which is not here: it proves nothing.`,
      )
      return false
    }
    faults.push(...compared.faults)
  }
  const seconds = (performance.now() - began) / 1000
  if (!faults.length) {
    const chains = `${organizations} ${organizations === 1 ? 'organization' : 'organizations'}`
    const compared = file ? ', and contain what the checkpoint says' : ''
    console.log(`${rows} rows of ${chains} are as they were written${compared} (${seconds.toFixed(1)} s).`)
    return true
  }
  console.log(`${faults.length} ${faults.length === 1 ? 'thing is' : 'things are'} wrong with the audit log:`)
  for (const fault of faults) console.log(say(fault))
  return false
}

try {
  if (command === 'verify' && (option === undefined || (option === '--checkpoint' && file))) {
    process.exit((await verify()) ? 0 : 1)
  } else if (command === 'checkpoint' && option === undefined) {
    const { deps } = await startBeside({ ...process.env, LOG_LEVEL: 'silent' }, 'command', new AbortController().signal)
    console.log(JSON.stringify(await makeCheckpoint(deps), null, 2))
  } else {
    console.error(USAGE)
    process.exit(2)
  }
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
