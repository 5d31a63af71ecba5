import * as z from 'zod'
import { googlePages } from '../google/pages.ts'
import type { Source } from '../poll.ts'

const Videos = z.object({
  items: z.array(z.looseObject({ id: z.string() })).default([]),
  nextPageToken: z.string().optional(),
  etag: z.string().optional(),
})

/** YouTube puts the etag into the body, and takes it back as If-None-Match. */
const likedVideos: Source = {
  id: 'liked_videos',
  title: 'Liked videos',
  description: 'Videos with a thumbs-up.',
  kind: 'mirror',
  scopes: ['https://www.googleapis.com/auth/youtube.readonly'],
  fetchPage: googlePages(
    'https://www.googleapis.com/youtube/v3/videos?part=snippet,contentDetails,statistics&myRating=like&maxResults=50',
    Videos,
    ({ items }) => items.map(video => ({ id: video.id, data: video })),
  ),
}

export const youtubePoll = [likedVideos]
