import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../rigs/lib.mjs'
import { contracts } from '../../../shared/contracts/index.ts'
import { openApiDocument } from '../../../shared/openapi.ts'

const files = readdirSync(join(root, 'server/api'), { recursive: true, encoding: 'utf8' }).filter(file =>
  file.endsWith('.ts'),
)

// A file without a method in its name is a job's route, which serves GET and POST.
function operationsOf(file: string): string[] {
  const [, path, method] = /^(.*?)(?:\.(get|post|put|patch|delete))?\.ts$/.exec(file)!
  const address = `/api/${path!.replace(/(^|\/)index$/, '').replace(/\[(\w+)\]/g, '{$1}')}`
  return (method ? [method.toUpperCase()] : ['GET', 'POST']).map(verb => `${verb} ${address}`)
}

describe('the HTTP interface', () => {
  it('every route has a contract and every contract has a route', () => {
    expect(files.flatMap(operationsOf).sort()).toEqual(contracts.map(({ method, path }) => `${method} ${path}`).sort())
  })

  it('the HTTP interface is published as OpenAPI 3.1, every operation with its refusals', () => {
    const document = openApiDocument('https://coffer.example.com') as {
      openapi: string
      paths: Record<string, Record<string, { responses: object, operationId: string }>>
    }
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.values(document.paths).flatMap(Object.values)
    expect(operations).toHaveLength(contracts.length)
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(contracts.length)
    for (const { responses } of operations)
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '422']))
    // Nothing of zod's own may be left in it.
    expect(JSON.stringify(document)).not.toMatch(/"\$schema"|"~standard"/)
  })
})
