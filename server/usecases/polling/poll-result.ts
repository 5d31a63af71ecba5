import type { SourceResult } from '../../ports/polling.ts'

/** What reading one source brought, without what only the next run needs. */
export type PollResult = Pick<SourceResult, 'endpoint' | 'outcome' | 'error' | 'items' | 'changed'>

export function isSuccess(outcome: PollResult['outcome']): boolean {
  return outcome === 'ok' || outcome === 'unchanged' || outcome === 'partial'
}

/** A result as the API shows it. */
export function presentResult({ endpoint, outcome, items, error }: PollResult) {
  return {
    endpoint,
    success: isSuccess(outcome),
    itemCount: items,
    outcome,
    error,
  }
}
