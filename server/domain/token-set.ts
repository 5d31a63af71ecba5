/** What an authorization server issued, validated, in our own words. */
export interface TokenSet {
  accessToken: string
  refreshToken: string | undefined
  /** Undefined when the server did not say, which means: what was asked for (RFC 6749 §5.1). */
  grantedScopes: string[] | undefined
  /** Null: it does not expire, as far as anyone said. */
  expiresAt: Date | null
  refreshTokenExpiresAt: Date | null
}

// A quarter of an hour leaves two runs of a 5-minute cron; half the lifetime keeps short tokens from being refreshed on
// every read.
const REFRESH_MARGIN_MS = 15 * 60_000

/** When a token issued at `issuedAt` should be refreshed, or null if it does not expire or cannot be refreshed. */
export function refreshDueAt(tokens: TokenSet, issuedAt: Date): Date | null {
  if (!tokens.expiresAt || !tokens.refreshToken) return null
  const lifetime = tokens.expiresAt.getTime() - issuedAt.getTime()
  return new Date(tokens.expiresAt.getTime() - Math.min(REFRESH_MARGIN_MS, lifetime / 2))
}

/** The keys under which a token set lies in `integrations.config`. The two tokens are sealed by their names. */
export function tokenConfig(tokens: TokenSet): Record<string, unknown> {
  return {
    access_token: tokens.accessToken,
    ...(tokens.refreshToken ? { refresh_token: tokens.refreshToken } : {}),
    token_type: 'bearer',
    ...(tokens.expiresAt ? { expires_at: tokens.expiresAt.toISOString() } : {}),
    ...(tokens.refreshTokenExpiresAt ? { refresh_expires_at: tokens.refreshTokenExpiresAt.toISOString() } : {}),
  }
}
