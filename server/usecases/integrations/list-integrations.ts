import * as z from 'zod'
import type { IntegrationPage, StatusFilter } from '../../../shared/contracts/integrations.ts'
import { AppError } from '../../domain/errors.ts'
import type { PageCursor } from '../../ports/page.ts'
import type { Caller, Deps } from '../deps.ts'
import { presentIntegration } from './present-integration.ts'

const Cursor = z.tuple([z.iso.datetime({ offset: true }), z.uuid()])

/**
 * Returns one page of the caller's integrations, newest first.
 * @throws AppError invalid_request when the cursor is not one of ours
 */
export async function listIntegrations(
  deps: Pick<Deps, 'providers'>,
  caller: Pick<Caller, 'store'>,
  query: {
    type?: string | undefined
    status?: StatusFilter | undefined
    organization_id?: string | undefined
    limit: number
    cursor?: string | undefined
  },
): Promise<IntegrationPage> {
  // One more than asked for tells whether there is a next page, without counting.
  const rows = await caller.store.listIntegrations({
    organizationId: query.organization_id,
    type: query.type,
    status: query.status,
    before: query.cursor ? decodeCursor(query.cursor) : undefined,
    limit: query.limit + 1,
  })
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    integrations: page.map(row => presentIntegration(deps, row)),
    count: page.length,
    next_cursor: rows.length > query.limit && last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  }
}

/** Encodes the position after the last row of a page. */
export function encodeCursor({ at, id }: PageCursor): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url')
}

/** Decodes a page's cursor. @throws AppError invalid_request when the cursor is not one of ours */
export function decodeCursor(cursor: string): PageCursor {
  try {
    const [at, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { at, id }
  } catch (cause) {
    throw new AppError('invalid_request', 'The cursor is not one that this list gave out.', {
      fields: { cursor: 'is not a next_cursor' },
      cause,
    })
  }
}
