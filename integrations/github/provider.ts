import * as z from 'zod'
import { defineProvider } from '../define.ts'
import { GITHUB_API, GITHUB_HEADERS, githubPoll } from './poll.ts'
import { githubRules } from './scan.ts'
import { githubWebhook } from './webhook.ts'

const User = z.object({ id: z.number().int(), login: z.string() })

/**
 * GitHub Apps have 8 h tokens with a rotating refresh token, OAuth apps have tokens without an end. The answer tells
 * which kind it is.
 */
export const github = defineProvider({
  id: 'github',
  name: 'GitHub',
  description: 'Your repositories, events and security settings.',
  icon: 'i-simple-icons-github',
  setupUrl: 'https://github.com/settings/apps',
  docsUrl:
    'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app',
  clientEnv: 'GITHUB',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  revocation: { style: 'github', endpoint: 'https://api.github.com/applications/{client_id}/token' },
  scopes: ['read:user', 'repo', 'read:org'],
  // The request separates scopes by spaces, the answer by commas.
  grantedScopeSeparator: ',',
  clientAuth: 'post',
  // Without it, GitHub answers in form encoding.
  tokenHeaders: { accept: 'application/json' },
  refresh: {
    rotates: true,
    killsAccessToken: true,
    defaultLifetime: null,
    idleLifetimeDays: 183,
    deadTokenCodes: ['bad_refresh_token'],
  },
  plainConfig: ['login'],
  // 5,000 requests per hour and account, and 900 points per minute.
  limits: { perSecond: 10, concurrency: 10, counts: 'account' },
  poll: githubPoll,
  wideScopes: {
    repo:
      'repo allows writing to every repository of the account. An OAuth app has no narrower scope for reading ' +
      'private repositories. A GitHub App has one.',
  },
  rules: githubRules,
  webhook: githubWebhook,

  async identifyAccounts(api) {
    const user = await api.get(`${GITHUB_API}/user`, User, GITHUB_HEADERS)
    return [{ id: String(user.id), name: user.login, metadata: { login: user.login } }]
  },
})
