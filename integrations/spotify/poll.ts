import * as z from 'zod'
import { isoTime, type Source } from '../poll.ts'

const API = 'https://api.spotify.com/v1'
const PAGE = 50

const Track = z.looseObject({ id: z.string().nullish(), uri: z.string().nullish(), name: z.string() })
const Recent = z.object({
  items: z.array(z.looseObject({ track: Track, played_at: z.string() })),
  next: z.string().nullish(),
  cursors: z.object({ after: z.string().nullish() }).nullish(),
})
const Top = z.object({ items: z.array(Track), next: z.string().nullish() })
const RANGES = ['short_term', 'medium_term', 'long_term'] as const

/** Spotify keeps only the last fifty or so plays, so each run asks for those after the run before. */
const recentlyPlayed: Source = {
  id: 'recently_played',
  title: 'Recently played',
  description: 'Which tracks were played, and when.',
  kind: 'events',
  scopes: ['user-read-recently-played'],
  async fetchPage(client, position) {
    const after = position?.after
    const { body } = await client.get(
      `${API}/me/player/recently-played?limit=${PAGE}${after ? `&after=${after}` : ''}`,
      Recent,
    )
    return {
      // One track can be played many times, so a play is identified by its track and its time.
      items: body.items.map(play => ({
        id: `${play.played_at} ${play.track.uri ?? play.track.id ?? play.track.name}`,
        at: isoTime(play.played_at),
        data: play,
      })),
      position: { after: body.cursors?.after ?? after ?? null },
      done: !body.next || body.items.length < PAGE,
    }
  },
}

/** Reads three rankings, one after the other. */
const topTracks: Source = {
  id: 'top_tracks',
  title: 'Top tracks',
  description: 'The most played tracks of four weeks, six months and a year.',
  kind: 'mirror',
  scopes: ['user-top-read'],
  async fetchPage(client, position) {
    const range = RANGES[Number(position?.range ?? 0)] ?? RANGES[0]
    const { body } = await client.get(`${API}/me/top/tracks?time_range=${range}&limit=${PAGE}`, Top)
    const next = RANGES.indexOf(range) + 1
    return {
      items: body.items.map((track, index) => ({
        id: `${range} ${index + 1}`,
        data: { range, rank: index + 1, track },
      })),
      position: { range: next % RANGES.length },
      done: next === RANGES.length,
    }
  },
}

export const spotifyPoll = [recentlyPlayed, topTracks]
