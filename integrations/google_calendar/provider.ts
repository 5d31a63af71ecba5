import { defineGoogle } from '../google/define-google.ts'
import { calendarPoll } from './poll.ts'
import { calendarRules } from './scan.ts'

export const googleCalendar = defineGoogle({
  id: 'google_calendar',
  name: 'Google Calendar',
  description: 'Read-only access to your calendars and events.',
  icon: 'i-simple-icons-googlecalendar',
  docsUrl: 'https://developers.google.com/workspace/calendar/api/auth',
  scopes: ['https://www.googleapis.com/auth/calendar.readonly'],
  poll: calendarPoll,
  rules: calendarRules,
})
