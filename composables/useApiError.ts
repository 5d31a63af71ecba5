import type { ErrorBody } from '#shared/contracts/contract'

/** What the server said, or a sentence for when it said nothing. */
export function apiError(error: unknown): Pick<ErrorBody, 'error' | 'message' | 'fields'> {
  const body = (error as { data?: Partial<ErrorBody> } | null)?.data
  if (body?.error && body.message) return { error: body.error, message: body.message, fields: body.fields }
  return { error: 'unreachable', message: 'Coffer does not answer. Check your connection and try again.' }
}
