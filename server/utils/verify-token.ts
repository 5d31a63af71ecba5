import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose'
import * as z from 'zod'
import { AppError } from '../domain/errors.ts'

const Claims = z.object({ sub: z.uuid(), email: z.string().default(''), role: z.literal('authenticated') })

export type VerifyToken = (accessToken: string) => Promise<{ id: string, email: string } | null>

/**
 * Verifies a user's access token here, without a request each time: with the project's public keys, or the shared
 * secret of HS256. Only where the server was given neither, the auth server is asked. A service_role or anon key is
 * not a user's token: its role is another.
 * @returns null for a token that is not good
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
      if (algorithm !== 'HS256')
        return claims(
          (
            await jwtVerify(accessToken, published, {
              algorithms: ['ES256', 'RS256', 'EdDSA'],
              audience: 'authenticated',
            })
          ).payload,
        )
      if (secret)
        return claims(
          (await jwtVerify(accessToken, secret, { algorithms: ['HS256'], audience: 'authenticated' })).payload,
        )
    } catch (cause) {
      if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError)) {
        throw new AppError('database_unavailable', 'Signing in cannot be checked at the moment. Try again shortly.', {
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
