import { describe, expect, it } from 'vitest'
import { userKey } from '../../../../server/utils/user-key.ts'

const user = '0a1b2c3d-0000-4000-8000-000000000001'

describe('the key of one user', () => {
  it('a key is the same each time, and in whatever case the id is written', () => {
    expect(userKey('master', user)).toBe(userKey('master', user.toUpperCase()))
    expect(Buffer.from(userKey('master', user), 'base64url')).toHaveLength(32)
  })

  it('another user and another master have another key', () => {
    const others = [userKey('master', user), userKey('master', user.replace('1', '2')), userKey('other', user)]
    expect(new Set(others).size).toBe(3)
  })

  it('a key does not lead back to the master', () => {
    expect(userKey('a-long-master-key', user)).not.toContain('a-long-master-key')
  })
})
