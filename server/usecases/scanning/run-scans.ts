import type { Deps } from '../deps.ts'
import { scanDue } from './scan-due.ts'

/** What a scheduler gets to hear. @param budgetMs nothing new is begun after this long */
export async function runScans(deps: Deps, budgetMs: number) {
  return {
    success: true as const,
    ...(await scanDue(deps, budgetMs)),
    timestamp: deps.now().toISOString(),
    cronType: 'scans' as const,
  }
}
