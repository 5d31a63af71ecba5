import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { root } from '../../../../rigs/lib.mjs'

describe('the encryption demonstration', () => {
  it('test-encryption.mjs runs on the installed Node, generates a key and shows the cycle', () => {
    const { status, stdout } = spawnSync('node', ['integrations/supabase/test-encryption.mjs'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ENCRYPTION_KEY: '' },
    })
    expect(status).toBe(0)
    expect(stdout).toMatch(/ENCRYPTION_KEY=[A-Za-z0-9+/]{43}=/)
    expect(stdout).toContain('Decrypted again: identical')
  })
})
