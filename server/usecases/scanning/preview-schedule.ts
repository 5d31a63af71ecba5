import { nextTimes } from '../../domain/schedule.ts'
import type { Deps } from '../deps.ts'

/** @throws AppError invalid_request, naming what is wrong with the expression */
export function previewSchedule(
  { now }: Pick<Deps, 'now'>,
  expression: string,
): { expression: string, next: string[] } {
  return { expression, next: nextTimes(expression, now(), 3).map(time => time.toISOString()) }
}
