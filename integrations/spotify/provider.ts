import * as z from 'zod'
import { defineProvider } from '../define.ts'
import { spotifyPoll } from './poll.ts'

const Me = z.object({ id: z.string(), display_name: z.string().nullish() })

export const spotify = defineProvider({
  id: 'spotify',
  name: 'Spotify',
  description: 'Your recently played and top tracks.',
  icon: 'i-simple-icons-spotify',
  setupUrl: 'https://developer.spotify.com/dashboard',
  docsUrl: 'https://developer.spotify.com/documentation/web-api/tutorials/code-flow',
  clientEnv: 'SPOTIFY',
  authorizationEndpoint: 'https://accounts.spotify.com/authorize',
  tokenEndpoint: 'https://accounts.spotify.com/api/token',
  // No revocation endpoint: the person removes the app at spotify.com/account/apps.
  scopes: ['user-read-private', 'user-read-email', 'user-read-recently-played', 'user-top-read'],
  clientAuth: 'basic',
  // Since July 2026 a refresh token ends six months after consent; refreshing does not extend that.
  refresh: { rotates: true, defaultLifetime: 3600, absoluteLifetimeDays: 182 },
  // A rolling window of thirty seconds over the whole app, its size not published.
  limits: { perSecond: 5, concurrency: 5, counts: 'app' },
  poll: spotifyPoll,

  async identifyAccounts(api) {
    const me = await api.get('https://api.spotify.com/v1/me', Me)
    return [{ id: me.id, name: me.display_name || me.id }]
  },
})
