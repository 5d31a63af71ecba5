import * as z from 'zod'
import { defineFunction, unwrap } from '../_shared/serve.ts'
import { rules, type Extractor } from './extract.ts'

const Input = z.object({ user_id: z.uuid(), limit: z.number().int().min(1).max(200).default(50) })

/** How many signals were processed, how many nuggets are new, and whether no signal is left. */
export interface ExtractResult {
  signals: number
  nuggets: number
  done: boolean
}

const extractor: Extractor = rules

/**
 * Extracts nuggets from signals, the oldest first. A signal is marked as processed in the transaction that saves its
 * nuggets, and the same nugget is saved once.
 */
export const createHandler = defineFunction(
  Input,
  async ({ database }, { user_id: userId, limit }): Promise<ExtractResult> => {
    const signals = unwrap(
      await database
        .from('signals')
        .select('id, title, body, occurred_at')
        .eq('user_id', userId)
        .is('processed_at', null)
        .order('occurred_at')
        .order('id')
        .limit(limit),
    ) as { id: string, title: string, body: string, occurred_at: string }[]
    if (!signals.length) return { signals: 0, nuggets: 0, done: true }
    const nuggets = []
    for (const { id, title, body, occurred_at: at } of signals) {
      // A text on which the extractor fails has no nuggets, and does not block the next ones.
      const found = await Promise.resolve()
        .then(() => extractor.extract({ title, body, occurredAt: new Date(at) }))
        .catch(() => [])
      nuggets.push(...found.map((nugget, position) => ({ signal_id: id, position, ...nugget })))
    }
    const added = unwrap(
      await database.rpc('save_nuggets', {
        p_user_id: userId,
        p_signal_ids: signals.map(({ id }) => id),
        p_nuggets: nuggets,
      }),
    ) as number
    return { signals: signals.length, nuggets: added, done: signals.length < limit }
  },
)
