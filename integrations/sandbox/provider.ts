import * as z from 'zod'
import { defineProvider, type Provider } from '../define.ts'
import { sandboxPoll } from './poll.ts'
import { sandboxRules } from './scan.ts'
import { sandboxWebhook } from './webhook.ts'

const SandboxAccount = z.object({ id: z.string(), name: z.string() })

/**
 * The platform that runs inside Coffer's embedded default. It shows the whole life of a credential without an app that
 * is registered anywhere. It is a provider like any other, except that its addresses depend on where Coffer runs.
 * @param appUrl the base URL of this installation, without a trailing slash
 */
export function sandbox(appUrl: string): Provider {
  const issuer = `${appUrl}/sandbox/oauth`
  const platform = `${appUrl}/sandbox/api`
  return {
    ...defineProvider({
      id: 'sandbox',
      name: 'Sandbox',
      description: 'A built-in demo platform for trying things out.',
      icon: 'i-lucide-flask-conical',
      setupUrl: appUrl,
      docsUrl: appUrl,
      clientEnv: 'SANDBOX',
      ownApps: false,
      issuer,
      issParameter: true,
      authorizationEndpoint: `${issuer}/auth`,
      tokenEndpoint: `${issuer}/token`,
      // A refresh token needs offline_access, which needs a prompt for consent (OpenID Connect Core §11). The prompt
      // for login allows connecting another account.
      scopes: ['openid', 'offline_access', 'projects:read', 'events:read', 'security:read'],
      authorizationParams: { prompt: 'login consent' },
      clientAuth: 'basic',
      refresh: { rotates: true, defaultLifetime: 300 },
      limits: { perSecond: 100, concurrency: 10, counts: 'account' },
      poll: sandboxPoll(platform),
      rules: sandboxRules(platform, `${appUrl}/sandbox/settings`),
      webhook: sandboxWebhook,

      async identifyAccounts(api) {
        const account = await api.get(`${platform}/account`, SandboxAccount)
        return [{ id: account.id, name: account.name }]
      },
    }),
    // Outside the schema, because that demands https, which loopback does not have.
    revocation: {
      style: 'rfc7009',
      endpoint: `${issuer}/token/revocation`,
      token: 'refresh_token',
      endsEverything: false,
    },
  }
}
