import { describe, expect, it } from 'vitest'
import { AppError, notFound } from '../../../../server/domain/errors.ts'

describe('an error for a caller', () => {
  it('an error has the HTTP status of its code', () => {
    expect(new AppError('invalid_request', 'x').status).toBe(422)
    expect(new AppError('rate_limited', 'x', { retryAfterS: 3 })).toMatchObject({ status: 429, retryAfterS: 3 })
    expect(new AppError('internal', 'x').status).toBe(500)
  })

  it('an error keeps its cause out of its public message', () => {
    const error = new AppError('database_unavailable', 'Try again shortly.', { cause: new Error('password=hunter2') })
    expect(error.message).toBe('Try again shortly.')
    expect(JSON.stringify({ ...error })).not.toContain('hunter2')
    expect((error.cause as Error).message).toContain('hunter2')
  })

  it('a missing row and another tenant\'s row look the same', () => {
    expect(notFound('The integration')).toMatchObject({ code: 'not_found', message: 'The integration was not found.' })
  })
})
