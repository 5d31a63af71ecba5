import { defineGoogle } from '../google/define-google.ts'
import { gmailPoll } from './poll.ts'
import { gmailRules } from './scan.ts'

export const googleGmail = defineGoogle({
  id: 'google_gmail',
  name: 'Gmail',
  description: 'Read-only access to your mail.',
  icon: 'i-simple-icons-gmail',
  docsUrl: 'https://developers.google.com/workspace/gmail/api/auth/scopes',
  scopes: ['https://www.googleapis.com/auth/gmail.readonly'],
  poll: gmailPoll,
  rules: gmailRules,
})
