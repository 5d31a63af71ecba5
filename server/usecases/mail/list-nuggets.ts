import type { NuggetView } from '../../../shared/contracts/auto-sync.ts'
import type { Caller } from '../deps.ts'

/** What was found in the caller's own mail. */
export async function listNuggets(
  { store }: Pick<Caller, 'store'>,
  { kind, limit }: { kind?: NuggetView['kind'] | undefined, limit: number },
): Promise<{ nuggets: NuggetView[] }> {
  return { nuggets: await store.listNuggets(kind, limit) }
}
