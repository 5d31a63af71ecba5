import type { NuggetView } from '../../../shared/contracts/auto-sync.ts'
import type { Caller } from '../deps.ts'

/** Lists what was found in the caller's own mail, newest first. */
export async function listNuggets(
  { store }: Pick<Caller, 'store'>,
  { kind, limit }: { kind?: NuggetView['kind'] | undefined, limit: number },
): Promise<{ nuggets: NuggetView[] }> {
  return { nuggets: await store.listNuggets(kind, limit) }
}
