import { getHeader, readRawBody, type H3Event } from 'h3'
import { AppError } from '../domain/errors.ts'

/** The largest body that an operation needs is a list of chosen accounts, and it is far smaller than this. */
const MAX_BYTES = 64 * 1024

/**
 * Reads the request body as text.
 * @throws AppError payload_too_large before more than the limit has been read
 */
export async function readBodyText(event: H3Event, maxBytes = MAX_BYTES): Promise<string> {
  const announced = Number(getHeader(event, 'content-length') ?? Number.NaN)
  const tooLarge = () =>
    new AppError('payload_too_large', `The request body may have at most ${Math.round(maxBytes / 1024)} kB.`)
  if (announced > maxBytes) throw tooLarge()
  // Node reads no further than the announced length. Without one, only counting stops the sender.
  if (!Number.isNaN(announced)) return (await readRawBody(event)) ?? ''
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of event.node.req) {
    size += (chunk as Buffer).length
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Reads the request body as JSON.
 * @throws AppError payload_too_large | unsupported_media_type | malformed_body
 */
export async function readJsonBody(event: H3Event): Promise<unknown> {
  if (!/^application\/json\b/i.test(getHeader(event, 'content-type') ?? '')) {
    throw new AppError(
      'unsupported_media_type',
      'Send the body as JSON, with the header Content-Type: application/json.',
    )
  }
  const text = await readBodyText(event)
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('malformed_body', 'The request body is not valid JSON.')
  }
}
