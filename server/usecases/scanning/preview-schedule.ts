import { nextTimes } from '../../domain/schedule.ts'
import type { Deps } from '../deps.ts'

/**
 * Returns the next three times of a cron expression.
 * @throws AppError invalid_request, which names what is wrong with it
 */
export function previewSchedule(
  { now }: Pick<Deps, 'now'>,
  expression: string,
): { expression: string, next: string[] } {
  return { expression, next: nextTimes(expression, now(), 3).map(time => time.toISOString()) }
}
