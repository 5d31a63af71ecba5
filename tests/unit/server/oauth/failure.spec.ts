import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { OAuthFailure, toCallbackFailure, toTokenFailure } from '../../../../server/oauth/failure.ts'

const server = { issuer: 'https://platform.example' }
const client = { client_id: 'c' }

/** What oauth4webapi makes of a redirect back. */
function callback(query: string): unknown {
  try {
    oauth.validateAuthResponse(server, client, new URLSearchParams(query), 's')
  } catch (error) {
    return error
  }
  return undefined
}

async function tokenAnswer(response: Response): Promise<unknown> {
  return await oauth.processRefreshTokenResponse(server, client, response).catch((error: unknown) => error)
}

describe('a redirect back that carries no code to use', () => {
  it('a person who says no is told apart from a platform that refuses', () => {
    const denied = toCallbackFailure(callback('error=access_denied&state=s'))
    expect(denied).toMatchObject({ kind: 'access_denied', providerCode: 'access_denied' })
    const refused = toCallbackFailure(callback('error=server_error&state=s'))
    expect(refused).toMatchObject({ kind: 'provider_error', providerCode: 'server_error' })
  })

  it.each(['code=x&state=other', 'code=x', 'code=x&code=y&state=s'])('the response %s is not trusted', (query) => {
    expect(toCallbackFailure(callback(query)).kind).toBe('rejected')
  })

  it('an error code outside the alphabet of RFC 6749 is not repeated', () => {
    const failure = toCallbackFailure(callback('error=%3Cscript%3E&state=s'))
    expect(failure).toMatchObject({ kind: 'provider_error', providerCode: 'unknown_error' })
  })
})

describe('a token endpoint that gives no token', () => {
  it('the code of the platform is kept, and neither its description nor its body', async () => {
    const body = { error: 'invalid_grant', error_description: 'code CANARY is spent' }
    const failure = toTokenFailure(await tokenAnswer(Response.json(body, { status: 400 })))
    expect(failure).toMatchObject({ kind: 'provider_error', providerCode: 'invalid_grant', cause: undefined })
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toContain('CANARY')
  })

  it('an answer that is none is the platform\'s error', async () => {
    const failure = toTokenFailure(await tokenAnswer(Response.json({ token_type: 'bearer' })))
    expect(failure.kind).toBe('provider_error')
  })

  it('a refused client is told apart from a refused code', async () => {
    const headers = { 'www-authenticate': 'Basic realm="x"' }
    const failure = toTokenFailure(await tokenAnswer(new Response(null, { status: 401, headers })))
    expect(failure.providerCode).toBe('client_authentication_refused')
  })

  it('a platform that cannot be reached is unavailable, and a failure that is one already stays it', () => {
    const unreachable = toTokenFailure(new TypeError('fetch failed'))
    expect(unreachable).toMatchObject({ kind: 'unavailable', providerCode: 'network' })
    const failure = new OAuthFailure('rejected', 'x')
    expect(toTokenFailure(failure)).toBe(failure)
  })
})
