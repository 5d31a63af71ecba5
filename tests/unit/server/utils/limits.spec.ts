import { describe, expect, it } from 'vitest'
import { createLimit } from '../../../../server/utils/limits.ts'

describe('a limit per key', () => {
  it('a key that is counted too often is refused, with the time to come back', async () => {
    const limit = createLimit({ points: 2, perSeconds: 60 })
    await limit.count('ann')
    await limit.count('ann')
    await expect(limit.count('ann')).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 60 })
  })

  it('one key does not use up another key\'s limit', async () => {
    const limit = createLimit({ points: 1, perSeconds: 60 })
    await limit.count('ann')
    await expect(limit.count('bob')).resolves.toBeUndefined()
  })
})
