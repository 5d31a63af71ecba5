import { describe, expect, it } from 'vitest'
import { discordRules } from '../../../../integrations/discord/scan.ts'
import { fakeClient, subject } from '../fake-client.ts'

describe('the rule about a Discord account', () => {
  it.each([
    [{ mfa_enabled: true }, []],
    [{ mfa_enabled: false }, [{ seen: 'Multi-factor authentication is off.' }]],
    [{}, 'not_applicable'],
  ])('an account that says %j has the result %j', async (body, result) => {
    expect(await discordRules[0]!.run(fakeClient(() => ({ body })), subject)).toEqual(result)
  })
})
