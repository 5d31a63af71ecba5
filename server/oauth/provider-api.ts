import type { ProviderApi } from '../../integrations/define.ts'
import type { Fetch } from './fetch.ts'
import { OAuthFailure } from './failure.ts'

/**
 * An API client that sends the access token as RFC 6750 §2.1 says, and checks the answers.
 * @throws OAuthFailure unavailable | provider_error
 */
export function providerApi(fetch: Fetch, accessToken: string): ProviderApi {
  return {
    async get(url, schema, headers = {}) {
      const response = await fetch(url, {
        headers: {
          'accept': 'application/json',
          'user-agent': 'Coffer',
          ...headers,
          'authorization': `Bearer ${accessToken}`,
        },
      }).catch((cause: unknown) => {
        throw new OAuthFailure('unavailable', 'network', cause)
      })
      if (!response.ok) {
        await response.body?.cancel()
        throw new OAuthFailure(response.status >= 500 ? 'unavailable' : 'provider_error', `http_${response.status}`)
      }
      const parsed = schema.safeParse(await response.json().catch(() => undefined))
      if (!parsed.success) throw new OAuthFailure('provider_error', 'unexpected_answer')
      return parsed.data
    },
  }
}
