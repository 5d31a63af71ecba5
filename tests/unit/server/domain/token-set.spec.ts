import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refreshDueAt, tokenConfig, type TokenSet } from '../../../../server/domain/token-set.ts'

describe('a token set', () => {
  const issued = new Date('2026-01-01T00:00:00Z')
  const tokens = (seconds: number | null, refreshToken: string | undefined = 'r'): TokenSet => ({
    accessToken: 'a',
    refreshToken,
    grantedScopes: [],
    refreshTokenExpiresAt: null,
    grantEndsAt: null,
    expiresAt: seconds === null ? null : new Date(issued.getTime() + seconds * 1000),
  })

  it.each([
    [3600, 45 * 60],
    [300, 150],
    [60, 30],
    [86_400, 86_400 - 900],
  ])('a token that lives %i s is refreshed after %i s', (life, after) => {
    expect(refreshDueAt(tokens(life), issued, 0)).toEqual(new Date(issued.getTime() + after * 1000))
  })

  it('tokens issued together are refreshed at different times, all of them well before the end', () => {
    expect(refreshDueAt(tokens(3600), issued, 0.999)!.getTime()).toBeLessThan(issued.getTime() + 48 * 60_000)
    expect(refreshDueAt(tokens(3600), issued, 0.5)).toEqual(new Date(issued.getTime() + 46.5 * 60_000))
  })

  it('a token whose refresh token would lapse unused is refreshed when half of that time is over', () => {
    const lapses = new Date(issued.getTime() + 10 * 86_400_000)
    expect(refreshDueAt({ ...tokens(null), refreshTokenExpiresAt: lapses }, issued, 0)).toEqual(
      new Date(issued.getTime() + 5 * 86_400_000),
    )
    expect(refreshDueAt({ ...tokens(30 * 86_400), refreshTokenExpiresAt: lapses }, issued, 0)).toEqual(
      new Date(issued.getTime() + 5 * 86_400_000),
    )
    expect(refreshDueAt({ ...tokens(3600), refreshTokenExpiresAt: lapses }, issued, 0)).toEqual(
      new Date(issued.getTime() + 45 * 60_000),
    )
  })

  it('a token that does not end, or has no refresh token, is not refreshed', () => {
    expect(refreshDueAt(tokens(null), issued, 0)).toBeNull()
    expect(refreshDueAt({ ...tokens(60), refreshToken: undefined }, issued, 0)).toBeNull()
  })

  it('a refresh is due after the issue and before the end, for every life and every chance', () => {
    const life = fc.integer({ min: 1, max: 400 * 86_400 })
    fc.assert(
      fc.property(life, fc.option(life), fc.double({ min: 0, max: 0.999999, noNaN: true }), (access, idle, chance) => {
        const refreshTokenExpiresAt = idle === null ? null : new Date(issued.getTime() + idle * 1000)
        const due = refreshDueAt({ ...tokens(access), refreshTokenExpiresAt }, issued, chance)!
        expect(due.getTime()).toBeGreaterThanOrEqual(issued.getTime())
        expect(due.getTime()).toBeLessThan(issued.getTime() + Math.min(access, idle ?? access) * 1000)
      }),
    )
  })

  it('a config holds what a token set has, under the names that are sealed, and nothing that it lacks', () => {
    const ends = new Date('2026-01-01T01:00:00Z')
    const full: TokenSet = { ...tokens(3600), refreshTokenExpiresAt: ends }
    expect(tokenConfig(full)).toEqual({
      access_token: 'a',
      refresh_token: 'r',
      token_type: 'bearer',
      expires_at: ends.toISOString(),
      refresh_expires_at: ends.toISOString(),
    })
    const bare: TokenSet = { ...tokens(null), refreshToken: undefined }
    expect(tokenConfig(bare)).toEqual({ access_token: 'a', token_type: 'bearer' })
  })
})
