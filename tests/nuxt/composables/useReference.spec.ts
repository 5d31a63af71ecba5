import { expect, it } from 'vitest'
import { readOpenApi } from '#shared/contracts/system'
import { openApiDocument } from '#shared/openapi'
import { refuse, serve } from '../support/api.ts'
import { use } from '../support/use.ts'

it('The reference lists every operation with its method, its path and the fields of its body', async () => {
  serve(readOpenApi, { reply: openApiDocument('http://localhost:3000') })
  const { result } = await use(() => useReference())
  expect(result.version.value).toBe('3.1.0')
  expect(result.operations.value).toContainEqual(expect.objectContaining({
    method: 'PATCH',
    path: '/api/integrations/{id}',
    fields: ['name', 'paused', 'scan_schedule'],
  }))
})

it('A reference that cannot be loaded is an error without operations', async () => {
  serve(readOpenApi, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  const { result } = await use(() => useReference())
  expect(result.operations.value).toEqual([])
  expect(apiError(result.error.value).message).toBe('Something went wrong.')
})
