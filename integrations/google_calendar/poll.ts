import * as z from 'zod'
import { isPlatformFailure, type PlatformClient } from '../platform.ts'
import { isoTime, type Source, type PollPage, type Position } from '../poll.ts'

const API = 'https://www.googleapis.com/calendar/v3/calendars/primary/events'

const Events = z.object({
  items: z
    .array(
      z.looseObject({
        id: z.string(),
        updated: z.string().optional(),
        start: z.looseObject({ dateTime: z.string().optional(), date: z.string().optional() }).optional(),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
  nextSyncToken: z.string().optional(),
})

async function page(client: PlatformClient, position: Position): Promise<PollPage | 'unchanged'> {
  const { sync, page: pageToken } = position
  const query = new URLSearchParams({
    maxResults: '250',
    ...(sync ? { syncToken: String(sync) } : {}),
    ...(pageToken ? { pageToken: String(pageToken) } : {}),
  })
  const { body } = await client.get(`${API}?${query.toString()}`, Events)
  if (sync && !pageToken && !body.items.length && !body.nextPageToken && body.nextSyncToken === sync) return 'unchanged'
  return {
    // Deleted events come too, with status "cancelled". That is how one learns of the deletion.
    items: body.items.map(event => ({
      id: event.id,
      at: isoTime(event.start?.dateTime ?? event.start?.date ?? event.updated),
      data: event,
    })),
    position: body.nextPageToken
      ? { ...(sync ? { sync } : {}), page: body.nextPageToken }
      : { sync: body.nextSyncToken ?? null },
    done: !body.nextPageToken,
  }
}

const events: Source = {
  id: 'events',
  title: 'Events',
  description: 'Appointments of the primary calendar and their changes.',
  kind: 'events',
  scopes: ['https://www.googleapis.com/auth/calendar.readonly'],
  async fetchPage(client, position) {
    try {
      return await page(client, position ?? {})
    } catch (error) {
      // The sync token is too old. Start from the beginning.
      if (!isPlatformFailure(error, 'gone')) throw error
      return await page(client, {})
    }
  },
}

export const calendarPoll = [events]
