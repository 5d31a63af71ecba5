import * as z from 'zod'
import type { AuditProblem } from '../../ports/audit.ts'
import type { Deps } from '../deps.ts'

const PIECE = 5000

const Heads = z.array(z.object({ organization_id: z.string(), seq: z.number().int(), hash: z.string() }))
/**
 * The state of the log at one moment, signed. Kept elsewhere, it shows later whether the log still contains what it
 * contained then.
 */
export const Checkpoint = z.object({
  version: z.literal(1),
  at: z.string(),
  heads: Heads,
  key_id: z.string(),
  public_key: z.string(),
  signature: z.string(),
})
export type Checkpoint = z.infer<typeof Checkpoint>

/** A problem that a verification found, in the chain of one organization. */
export interface AuditFault extends Omit<AuditProblem, 'kind'> {
  /** `rewritten`: it differs from what a checkpoint recorded. */
  kind: AuditProblem['kind'] | 'rewritten'
  organizationId: string
}

/** Verifies every chain, row by row. @returns every fault; none when the log is as it was written */
export async function verifyAudit(
  deps: Pick<Deps, 'audit'>,
  progress: (checked: number) => void = () => undefined,
): Promise<{ organizations: number, rows: number, faults: AuditFault[] }> {
  const heads = await deps.audit.heads()
  const faults: AuditFault[] = []
  let rows = 0
  for (const { organizationId } of heads) {
    for (let after = 0; ;) {
      const { checked, lastSeq, problems } = await deps.audit.verify(organizationId, after, PIECE)
      faults.push(...problems.map(problem => ({ ...problem, organizationId })))
      rows += checked
      progress(rows)
      if (checked < PIECE || lastSeq === null) break
      after = lastSeq
    }
  }
  return { organizations: heads.length, rows, faults }
}

/** Makes a signed checkpoint of every chain. */
export async function makeCheckpoint(deps: Pick<Deps, 'audit' | 'vault' | 'now'>): Promise<Checkpoint> {
  const heads = (await deps.audit.heads()).map(({ organizationId, ...head }) => ({
    organization_id: organizationId,
    ...head,
  }))
  const content = { version: 1 as const, at: deps.now().toISOString(), heads }
  const { keyId, publicKey, signature } = deps.vault.sign(signed(content))
  return {
    ...content,
    key_id: keyId,
    public_key: publicKey,
    signature,
  }
}

/**
 * Tells whether the log still contains what a checkpoint recorded. Without the key that signed it, the checkpoint
 * itself cannot be trusted.
 */
export async function compareCheckpoint(
  deps: Pick<Deps, 'audit' | 'vault'>,
  checkpoint: Checkpoint,
): Promise<{ signature: 'right' | 'wrong' | 'unknown_key', faults: AuditFault[] }> {
  const faults: AuditFault[] = []
  for (const { organization_id: organizationId, seq, hash } of checkpoint.heads) {
    if (seq === 0) continue
    const now = await deps.audit.hashAt(organizationId, seq)
    if (now !== hash && now !== 'pruned')
      faults.push({
        kind: now === null ? 'cut' : 'rewritten',
        organizationId,
        seq,
        auditId: null,
      })
  }
  return { signature: deps.vault.checkSignature(signed(checkpoint), checkpoint.key_id, checkpoint.signature), faults }
}

function signed({ version, at, heads }: Pick<Checkpoint, 'version' | 'at' | 'heads'>): string {
  return JSON.stringify([
    'coffer/checkpoint',
    version,
    at,
    heads.map(({ organization_id: id, seq, hash }) => [id, seq, hash]),
  ])
}
