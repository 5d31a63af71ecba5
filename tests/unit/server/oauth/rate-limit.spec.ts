import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exhaustedUntil, refusal } from '../../../../server/oauth/rate-limit.ts'

const now = new Date('2026-01-01T00:00:00Z')
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const headers = (given: Record<string, string> = {}) => new Headers(given)
const DAY_S = 86_400

describe('a refusal for asking too much', () => {
  it.each([
    ['Retry-After in seconds', { 'retry-after': '7' }, later(7)],
    ['Retry-After in fractions of a second', { 'retry-after': '1.5' }, later(1.5)],
    ['Retry-After as a date', { 'retry-after': later(90).toUTCString() }, later(90)],
    ['a reset as seconds left', { 'x-ratelimit-reset': '30' }, later(30)],
    ['a reset as seconds since 1970', { 'x-ratelimit-reset': String(later(40).getTime() / 1000) }, later(40)],
    ['reset-after before reset', { 'x-ratelimit-reset-after': '5', 'x-ratelimit-reset': '90' }, later(5)],
    ['Retry-After before a reset', { 'retry-after': '7', 'x-ratelimit-reset': '30' }, later(7)],
    ['nothing', {}, later(60)],
    ['an unreadable Retry-After', { 'retry-after': 'soon' }, later(60)],
    ['a Retry-After in the past', { 'retry-after': later(-90).toUTCString() }, later(1)],
    ['a Retry-After of a year', { 'retry-after': String(365 * DAY_S) }, later(DAY_S)],
  ])('a 429 with %s says when to come back', (_, given, until) => {
    expect(refusal(429, headers(given), '', now)).toEqual(until)
  })

  it.each([
    ['GitHub\'s secondary limit', { 'retry-after': '60' }, ''],
    ['GitHub\'s primary limit', { 'x-ratelimit-remaining': '0' }, ''],
    ['Google\'s quota', {}, '{"error":{"errors":[{"reason":"userRateLimitExceeded"}]}}'],
    ['Google\'s newer quota', {}, '{"error":{"status":"RESOURCE_EXHAUSTED"}}'],
  ])('a 403 for %s counts as one', (_, given, body) => {
    expect(refusal(403, headers(given), body, now)).toEqual(later(60))
  })

  it.each([
    [403, { 'x-ratelimit-remaining': '12' }, '{"message":"Resource not accessible"}'],
    [403, {}, 'rateLimitExceeded without quotes'],
    [401, { 'retry-after': '60' }, ''],
    [503, { 'retry-after': '60' }, ''],
  ])('a %i with %j is refused for another reason', (status, given, body) => {
    expect(refusal(status, headers(given), body, now)).toBeUndefined()
  })

  it('no header makes the wait shorter than a second or longer than a day', () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.integer().map(String), fc.double().map(String))
    fc.assert(
      fc.property(value, value, (after, reset) => {
        const until = refusal(429, headers({ 'retry-after': after, 'x-ratelimit-reset': reset }), '', now)!
        expect(until.getTime()).toBeGreaterThanOrEqual(later(1).getTime())
        expect(until.getTime()).toBeLessThanOrEqual(later(DAY_S).getTime())
      }),
    )
  })
})

describe('the last request of a window', () => {
  it('an answer that leaves nothing says when there is something again', () => {
    const given = headers({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '3' })
    expect(exhaustedUntil(given, now)).toEqual(later(3))
  })

  it('an answer that leaves something, or does not say until when, blocks nobody', () => {
    const left = headers({ 'x-ratelimit-remaining': '1', 'x-ratelimit-reset-after': '3' })
    expect(exhaustedUntil(left, now)).toBeUndefined()
    expect(exhaustedUntil(headers({ 'x-ratelimit-remaining': '0' }), now)).toBeUndefined()
  })
})
