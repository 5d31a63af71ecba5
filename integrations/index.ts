import type { Provider } from './define.ts'
import { discord } from './discord/provider.ts'
import { github } from './github/provider.ts'
import { googleCalendar } from './google_calendar/provider.ts'
import { googleGmail } from './google_gmail/provider.ts'
import { spotify } from './spotify/provider.ts'
import { supabase } from './supabase/provider.ts'
import { youtube } from './youtube/provider.ts'

/** Every provider that exists everywhere, in the order in which people see them. */
export const providers: readonly Provider[] = [
  supabase,
  github,
  googleGmail,
  googleCalendar,
  youtube,
  spotify,
  discord,
]

export { sandbox } from './sandbox/provider.ts'
export type { Provider } from './define.ts'
