import * as z from 'zod'
import { defineProvider } from '../define.ts'
import { GITHUB_API, GITHUB_HEADERS, githubPoll } from './poll.ts'
import { githubChecks } from './scan.ts'
import { githubWebhook } from './webhook.ts'

const User = z.object({ id: z.number().int(), login: z.string() })

/**
 * GitHub Apps (8 h tokens with a rotating refresh token) and OAuth apps (tokens without an end): the answer tells
 * which.
 */
export const github = defineProvider({
  id: 'github',
  name: 'GitHub',
  description: 'Repositories, events and security settings of an account.',
  icon: 'i-simple-icons-github',
  setupUrl: 'https://github.com/settings/apps',
  docsUrl:
    'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app',
  clientEnv: 'GITHUB',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  revocation: { style: 'github', endpoint: 'https://api.github.com/applications/{client_id}/token' },
  scopes: ['read:user', 'repo', 'read:org'],
  // Asked for with spaces, answered with commas.
  grantedScopeSeparator: ',',
  clientAuth: 'post',
  // Answers in form encoding otherwise.
  tokenHeaders: { accept: 'application/json' },
  refresh: {
    rotates: true,
    killsAccessToken: true,
    defaultLifetime: null,
    idleLifetimeDays: 183,
    deadTokenCodes: ['bad_refresh_token'],
  },
  plainConfig: ['login'],
  // 5,000 requests an hour and account, and 900 points a minute.
  limits: { perSecond: 10, concurrency: 10, counts: 'account' },
  poll: githubPoll,
  wideScopes: {
    repo: 'repo allows writing to every repository of the account: an OAuth app has no narrower scope for reading private ones. A GitHub App has.',
  },
  checks: githubChecks,
  webhook: githubWebhook,

  async identifyAccounts(api) {
    const user = await api.get(`${GITHUB_API}/user`, User, GITHUB_HEADERS)
    return [{ id: String(user.id), name: user.login, metadata: { login: user.login } }]
  },
})
