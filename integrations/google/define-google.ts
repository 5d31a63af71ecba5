import * as z from 'zod'
import { defineProvider, type Provider, type ProviderInput } from '../define.ts'

const UserInfo = z.object({ sub: z.string(), email: z.string().optional(), name: z.string().optional() })

/** What Gmail, Calendar and YouTube share: one OAuth app, one authorization server. */
export function defineGoogle(
  product: Pick<ProviderInput, 'id' | 'name' | 'description' | 'icon' | 'docsUrl' | 'poll' | 'checks'> & {
    scopes: string[]
  },
): Provider {
  return defineProvider({
    ...product,
    scopes: ['openid', 'email', ...product.scopes],
    // Counted by project, and by person within it.
    limits: { perSecond: 20, concurrency: 10, counts: 'account' },
    setupUrl: 'https://console.cloud.google.com/auth/clients',
    clientEnv: 'GOOGLE',
    issuer: 'https://accounts.google.com',
    authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenEndpoint: 'https://oauth2.googleapis.com/token',
    revocation: { style: 'rfc7009', endpoint: 'https://oauth2.googleapis.com/revoke', endsEverything: true },
    // A refresh token comes only with offline access, and after the first consent only when consent is asked again.
    authorizationParams: { access_type: 'offline', prompt: 'consent', include_granted_scopes: 'false' },
    clientAuth: 'post',
    refresh: { rotates: false, defaultLifetime: 3600 },
    plainConfig: ['email'],

    async identifyAccounts(api) {
      const user = await api.get('https://openidconnect.googleapis.com/v1/userinfo', UserInfo)
      return [
        {
          id: user.sub,
          name: user.email ?? user.name ?? user.sub,
          ...(user.email ? { metadata: { email: user.email } } : {}),
        },
      ]
    },
  })
}
