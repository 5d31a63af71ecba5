import type { SourceResult } from '../../ports/polling.ts'

/** The result of reading one source, without the fields that only the next run needs. */
export type PollResult = Pick<SourceResult, 'endpoint' | 'outcome' | 'error' | 'items' | 'changed'>

/** Tells whether an outcome counts as a success. `partial` does: the next run reads the rest. */
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
