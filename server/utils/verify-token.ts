import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose'
import * as z from 'zod'
import { AppError } from '../domain/errors.ts'

const ASYMMETRIC = { algorithms: ['ES256', 'RS256', 'EdDSA'], audience: 'authenticated' }
const SYMMETRIC = { algorithms: ['HS256'], audience: 'authenticated' }
const Claims = z.object({ sub: z.uuid(), email: z.string().default(''), role: z.literal('authenticated') })

/** Returns the user of an access token, or null when the token is not valid. */
export type VerifyToken = (accessToken: string) => Promise<{ id: string, email: string } | null>

/**
 * Verifies users' access tokens in this process, without a request per token: with the public keys of the project, or
 * with the shared secret of HS256. The auth server is asked only for HS256 tokens when that secret is not known. The
 * keys service_role and anon are refused, because their role is not `authenticated`.
 * @throws AppError database_unavailable when the public keys cannot be fetched
 */
export function createTokenVerifier(options: {
  authUrl: string
  jwtSecret: string | undefined
  ask: VerifyToken
}): VerifyToken {
  const secret = options.jwtSecret === undefined ? undefined : new TextEncoder().encode(options.jwtSecret)
  const published = createRemoteJWKSet(new URL(`${options.authUrl}/.well-known/jwks.json`))

  return async (accessToken) => {
    const algorithm = algorithmOf(accessToken)
    if (algorithm === undefined) return null
    try {
      if (algorithm !== 'HS256') return claims((await jwtVerify(accessToken, published, ASYMMETRIC)).payload)
      if (secret) return claims((await jwtVerify(accessToken, secret, SYMMETRIC)).payload)
    } catch (cause) {
      if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError)) {
        throw new AppError('database_unavailable', 'The session cannot be verified at the moment. Try again shortly.', {
          cause,
        })
      }
      return null
    }
    return await options.ask(accessToken)
  }
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg
  } catch {
    return undefined
  }
}

function claims(payload: JWTPayload): { id: string, email: string } | null {
  const parsed = Claims.safeParse(payload)
  return parsed.success ? { id: parsed.data.sub, email: parsed.data.email } : null
}
