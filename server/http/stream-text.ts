import { Readable } from 'node:stream'
import { sendStream, setResponseHeaders, type H3Event } from 'h3'

/** Sends a file to download, piece by piece, so that it is never in memory as a whole. */
export async function sendFile(
  event: H3Event,
  pieces: AsyncIterable<string>,
  { type, name }: { type: string, name: string },
): Promise<null> {
  setResponseHeaders(event, { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` })
  await sendStream(event, Readable.from(pieces))
  return null
}
