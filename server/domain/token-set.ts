/** The tokens that an authorization server issued, validated. */
export interface TokenSet {
  accessToken: string
  refreshToken: string | undefined
  /** undefined when the server did not say, which means that it granted what was asked for (RFC 6749 §5.1). */
  grantedScopes: string[] | undefined
  /** null when the server did not say that it expires. */
  expiresAt: Date | null
  /** When the refresh token lapses unless it is used. */
  refreshTokenExpiresAt: Date | null
  /** When the grant ends according to the server, however often it is refreshed. */
  grantEndsAt: Date | null
}

// A margin of a quarter of an hour leaves time for two runs of a 5-minute cron. Half the lifetime keeps short tokens
// from being refreshed on every read.
const REFRESH_MARGIN_MS = 15 * 60_000

/**
 * Returns when to refresh a token set that was issued at `issuedAt`: before the access token ends, and before half of
 * the time after which an unused refresh token lapses (RFC 9700 §4.14.2).
 * @param random in [0, 1): moves the refresh by up to a fifth of the margin, so that accounts that were connected
 * together are not refreshed together
 * @returns null when nothing ends, or nothing can be refreshed
 */
export function refreshDueAt(
  tokens: Pick<TokenSet, 'refreshToken' | 'expiresAt' | 'refreshTokenExpiresAt'>,
  issuedAt: Date,
  random: number,
): Date | null {
  if (!tokens.refreshToken) return null
  const start = issuedAt.getTime()
  const access = tokens.expiresAt?.getTime()
  const idle = tokens.refreshTokenExpiresAt?.getTime()
  const due = Math.min(
    access === undefined ? Infinity : access - Math.min(REFRESH_MARGIN_MS, (access - start) / 2) * (1 - random / 5),
    idle === undefined ? Infinity : start + (idle - start) / 2,
  )
  return Number.isFinite(due) ? new Date(due) : null
}

/** Returns a token set under its keys in `integrations.config`. The two tokens are sealed because of their names. */
export function tokenConfig(tokens: TokenSet): Record<string, unknown> {
  return {
    access_token: tokens.accessToken,
    ...(tokens.refreshToken ? { refresh_token: tokens.refreshToken } : {}),
    token_type: 'bearer',
    ...(tokens.expiresAt ? { expires_at: tokens.expiresAt.toISOString() } : {}),
    ...(tokens.refreshTokenExpiresAt ? { refresh_expires_at: tokens.refreshTokenExpiresAt.toISOString() } : {}),
  }
}
