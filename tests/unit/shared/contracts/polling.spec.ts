import { describe, expect, it } from 'vitest'
import { updatePolling } from '../../../../shared/contracts/polling.ts'

const accepts = (body: unknown) => updatePolling.body!.safeParse(body).success

describe('a change of what is polled', () => {
  it.each([[{ paused: false }], [{ retention_days: 1 }], [{ sources: { repos: true } }]])(
    'the change %j is accepted',
    (body) => {
      expect(accepts(body)).toBe(true)
    },
  )

  it.each([
    [{}],
    [{ retention_days: 0 }],
    [{ retention_days: 3651 }],
    [{ retention_days: 1.5 }],
    [{ sources: { '../x': true } }],
  ])('the change %j is refused', (body) => {
    expect(accepts(body)).toBe(false)
  })
})
