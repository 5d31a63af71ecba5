import * as z from 'zod'
import { isPlatformFailure, type PlatformClient } from '../platform.ts'
import { isoTime, type Source, type PollItem, type PollPage, type Position } from '../poll.ts'

const API = 'https://gmail.googleapis.com/gmail/v1/users/me'
/** Each message costs a request of its own, so pages are small. */
const PAGE = 25

const METADATA = 'format=metadata&metadataHeaders=From&metadataHeaders=To&metadataHeaders=Subject&metadataHeaders=Date'

const Profile = z.object({ historyId: z.string() })
const List = z.object({
  messages: z.array(z.object({ id: z.string() })).default([]),
  nextPageToken: z.string().optional(),
})
const History = z.object({
  history: z
    .array(z.object({ messagesAdded: z.array(z.object({ message: z.object({ id: z.string() }) })).default([]) }))
    .default([]),
  nextPageToken: z.string().optional(),
  historyId: z.string(),
})
const Message = z.looseObject({ id: z.string(), internalDate: z.string().optional() })

const pageToken = ({ page }: Position) => (page ? `&pageToken=${encodeURIComponent(String(page))}` : '')

/** Reads headers and labels of messages, and not their text. */
async function read(client: PlatformClient, ids: string[]): Promise<PollItem[]> {
  const items: PollItem[] = []
  for (const id of new Set(ids)) {
    try {
      const { body } = await client.get(
        `${API}/messages/${encodeURIComponent(id)}?${METADATA}`,
        Message,
      )
      items.push({
        id,
        at: isoTime(body.internalDate === undefined ? undefined : Number(body.internalDate)),
        data: body,
      })
    } catch (error) {
      // The message was deleted after it was listed.
      if (!isPlatformFailure(error, 'not_found')) throw error
    }
  }
  return items
}

/**
 * Reads the whole mailbox page by page, newest first. Messages that arrive meanwhile are in the history since the first
 * request.
 */
async function everything(client: PlatformClient, position: Position): Promise<PollPage> {
  const since = position.since ? String(position.since) : (await client.get(`${API}/profile`, Profile)).body.historyId
  const { body } = await client.get(
    `${API}/messages?maxResults=${PAGE}${pageToken(position)}`,
    List,
  )
  const items = await read(
    client,
    body.messages.map(({ id }) => id),
  )
  return {
    items,
    position: body.nextPageToken ? { since, page: body.nextPageToken } : { history: since },
    done: !body.nextPageToken,
  }
}

/** Reads the messages that arrived since a point of the history. */
async function changes(client: PlatformClient, position: Position): Promise<PollPage | 'unchanged'> {
  const { body } = await client.get(
    `${API}/history?startHistoryId=${encodeURIComponent(String(position.history))}&historyTypes=messageAdded` +
      `&maxResults=${PAGE}${pageToken(position)}`,
    History,
  )
  const ids = body.history.flatMap(({ messagesAdded }) => messagesAdded.map(({ message }) => message.id))
  if (!ids.length && !body.nextPageToken && body.historyId === position.history) return 'unchanged'
  return {
    items: await read(client, ids),
    position: body.nextPageToken
      ? { history: position.history!, page: body.nextPageToken }
      : { history: body.historyId },
    done: !body.nextPageToken,
  }
}

const messages: Source = {
  id: 'messages',
  title: 'Messages',
  description: 'Sender, recipients, subject, labels. Not the text.',
  kind: 'events',
  scopes: ['https://www.googleapis.com/auth/gmail.readonly'],
  async fetchPage(client, position) {
    if (!position?.history) return await everything(client, position ?? {})
    try {
      return await changes(client, position)
    } catch (error) {
      // Google keeps the history for about a week. After that, everything is read again.
      if (!isPlatformFailure(error, 'not_found')) throw error
      return await everything(client, {})
    }
  },
}

export const gmailPoll = [messages]
