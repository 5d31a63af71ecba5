import { describe, expect, it } from 'vitest'
import { isPlatformFailure, PlatformFailure } from '../../../integrations/platform.ts'

describe('a failure of a platform', () => {
  it('a failure is recognized by its kind, or by any kind', () => {
    const failure = new PlatformFailure('forbidden', { scope: 'repo' })
    expect(isPlatformFailure(failure)).toBe(true)
    expect(isPlatformFailure(failure, 'gone', 'forbidden')).toBe(true)
    expect(isPlatformFailure(failure, 'gone')).toBe(false)
    expect(isPlatformFailure(new Error('forbidden'))).toBe(false)
  })
})
