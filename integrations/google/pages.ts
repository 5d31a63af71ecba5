import type * as z from 'zod'
import { afterPage, etagOf, type Source, type PollItem } from '../poll.ts'

/**
 * Reads a mirror that Google gives in pages, with an etag on the first. The statistics of any item change that etag, so
 * a list can look changed although its items are the same.
 */
export function googlePages<T extends { nextPageToken?: string | undefined, etag?: string | undefined }>(
  url: string,
  schema: z.ZodType<T>,
  itemsOf: (body: T) => PollItem[],
): Source['fetchPage'] {
  return async (client, position) => {
    const answer = position?.page
      ? await client.get(`${url}&pageToken=${encodeURIComponent(String(position.page))}`, schema)
      : await client.get(url, schema, { etag: etagOf(position) })
    if (!answer) return 'unchanged'
    return {
      items: itemsOf(answer.body),
      ...afterPage(position, answer.body.nextPageToken, answer.body.etag ?? answer.headers.get('etag')),
    }
  }
}
