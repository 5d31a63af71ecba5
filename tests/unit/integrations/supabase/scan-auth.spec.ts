import { describe, expect, it } from 'vitest'
import { authRules } from '../../../../integrations/supabase/scan-auth.ts'
import { fakeClient, subject } from '../fake-client.ts'

const check = (id: string) => authRules.find(one => one.id === `supabase.auth_${id}`)!
const look = async (id: string, auth: Record<string, unknown>) =>
  await check(id).run(fakeClient(() => ({ body: auth })), { ...subject, accountId: 'abcdefgh' })

describe('the rules about sign-in of a Supabase project', () => {
  it.each([
    ['password_length', { password_min_length: 8 }, { password_min_length: 7 }],
    ['password_characters', { password_min_length: 14 }, { password_min_length: 13 }],
    ['leaked_passwords', { password_hibp_enabled: true }, {}],
    ['mfa', { passkey_enabled: true }, { mfa_totp_verify_enabled: false }],
    ['email_confirmation', { mailer_autoconfirm: false }, { mailer_autoconfirm: true }],
    ['email_change', {}, { mailer_secure_email_change_enabled: false }],
    ['otp_expiry', { mailer_otp_exp: 3600 }, { mailer_otp_exp: 3601 }],
    ['captcha', { disable_signup: true }, { disable_signup: false }],
    ['refresh_rotation', {}, { refresh_token_rotation_enabled: false }],
    ['jwt_expiry', {}, { jwt_exp: 3601 }],
    ['redirect_urls', { uri_allow_list: 'https://a.example/**' }, { uri_allow_list: 'https://*.example' }],
  ])('%s finds the wrong setting and lets the right one pass', async (id, right, wrong) => {
    expect(await look(id, right)).toEqual([])
    expect(await look(id, wrong)).toHaveLength(1)
  })

  it.each([
    ['http://localhost:3000', 'low'],
    ['http://a.example', 'medium'],
    ['https://*', 'medium'],
    ['https://a.*.example/**', 'medium'],
  ])('a sign-in that may end at %s is of %s severity', async (url, severity) => {
    expect(await look('redirect_urls', { site_url: url })).toMatchObject([{ subject: url, severity }])
  })

  it('a token that lives for more than a day is of high severity', async () => {
    expect(await look('jwt_expiry', { jwt_exp: 90_000 })).toMatchObject([{ severity: 'high' }])
  })

  it('an organization without projects has no such settings, and no odd reference is asked for', async () => {
    for (const accountId of [null, 'org:acme', '../organizations']) {
      const client = fakeClient(() => ({ body: {} }))
      expect(await check('mfa').run(client, { ...subject, accountId })).toBe('not_applicable')
      expect(client.asked).toEqual([])
    }
  })
})
