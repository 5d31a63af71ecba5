import { defineGoogle } from '../google/define-google.ts'
import { youtubePoll } from './poll.ts'

export const youtube = defineGoogle({
  id: 'youtube',
  name: 'YouTube',
  description: 'Read-only access to your liked videos and subscriptions.',
  icon: 'i-simple-icons-youtube',
  docsUrl: 'https://developers.google.com/youtube/v3/guides/auth/server-side-web-apps',
  scopes: ['https://www.googleapis.com/auth/youtube.readonly'],
  poll: youtubePoll,
})
