import { describe, expect, it } from 'vitest'
import { updateIntegration } from '../../../../shared/contracts/integrations.ts'

const accepts = (body: unknown) => updateIntegration.body!.safeParse(body).success

describe('a change of an integration', () => {
  it.each([
    [{ name: 'Production' }],
    [{ paused: true }],
    [{ scan_schedule: null }],
  ])('the change %j is accepted', (body) => {
    expect(accepts(body)).toBe(true)
  })

  it.each([
    [{}],
    [{ name: '   ' }],
    [{ name: 'a\u0000b' }],
    [{ name: 'x'.repeat(201) }],
    [{ status: 'active' }],
    [{ name: 'ok', config: {} }],
  ])('the change %j is refused', (body) => {
    expect(accepts(body)).toBe(false)
  })
})
