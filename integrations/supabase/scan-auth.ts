import * as z from 'zod'
import { unless, type Rule, type Severity, type Sighting } from '../scan.ts'
import { SUPABASE_API } from './api.ts'

/**
 * The fields that the rules look at, out of 237. The others contain SMTP passwords and client secrets, and are dropped.
 */
const Auth = z.object({
  password_min_length: z.number().nullish(),
  password_required_characters: z.string().nullish(),
  password_hibp_enabled: z.boolean().nullish(),
  mailer_autoconfirm: z.boolean().nullish(),
  mailer_otp_exp: z.number().nullish(),
  mailer_secure_email_change_enabled: z.boolean().nullish(),
  security_update_password_require_reauthentication: z.boolean().nullish(),
  external_anonymous_users_enabled: z.boolean().nullish(),
  security_captcha_enabled: z.boolean().nullish(),
  disable_signup: z.boolean().nullish(),
  external_email_enabled: z.boolean().nullish(),
  mfa_totp_verify_enabled: z.boolean().nullish(),
  mfa_phone_verify_enabled: z.boolean().nullish(),
  mfa_web_authn_verify_enabled: z.boolean().nullish(),
  passkey_enabled: z.boolean().nullish(),
  refresh_token_rotation_enabled: z.boolean().nullish(),
  jwt_exp: z.number().nullish(),
  site_url: z.string().nullish(),
  uri_allow_list: z.string().nullish(),
})
type Auth = z.infer<typeof Auth>

function ofAuth(
  id: string,
  title: string,
  severity: Severity,
  why: string,
  fix: string,
  look: (auth: Auth) => Sighting[],
): Rule {
  return {
    id: `supabase.auth_${id}`,
    title,
    severity,
    why,
    fix,
    scopes: ['auth:read'],
    async run(client, { accountId }) {
      if (!accountId || !/^[a-z0-9_-]{1,64}$/i.test(accountId)) return 'not_applicable'
      return look((await client.get(`${SUPABASE_API}/projects/${accountId}/config/auth`, Auth)).body)
    },
  }
}

const openSignUp = (auth: Auth) => auth.disable_signup !== true && auth.external_email_enabled !== false

/**
 * What is wrong with an address that a sign-in may end on.
 * @param url one address, or one of an allow list with wildcards
 */
function loose(url: string): string | undefined {
  if (/^https?:\/\/\*|\*\*$|^\*/.test(url) && !/^https:\/\/[^*/]+\/\*\*$/.test(url)) return 'matches more than one site'
  if (/^http:\/\/(localhost|127\.0\.0\.1)/.test(url)) return 'is the address of a developer\'s own machine'
  if (url.startsWith('http://')) return 'is not encrypted'
  return undefined
}

export const authRules: Rule[] = [
  ofAuth(
    'password_length',
    'Passwords may be short',
    'medium',
    'Short passwords can be guessed by trying.',
    'Authentication → Sign in / Providers → Email: set the minimum length to 12.',
    ({ password_min_length: length }) =>
      unless((length ?? 6) >= 8, {
        seen: `Passwords of ${length ?? 6} characters are accepted.`,
        evidence: { password_min_length: length ?? null },
      }),
  ),
  ofAuth(
    'password_characters',
    'Passwords may be simple',
    'low',
    'A password with one kind of character is guessed sooner.',
    'Authentication → Sign in / Providers → Email: require letters, digits and symbols, or a greater length.',
    auth =>
      unless(Boolean(auth.password_required_characters) || (auth.password_min_length ?? 0) >= 14, {
        seen: 'No kinds of characters are required.',
      }),
  ),
  ofAuth(
    'leaked_passwords',
    'Leaked passwords are accepted',
    'medium',
    'Attackers try passwords that have leaked elsewhere first.',
    'Authentication → Attack protection: prevent the use of leaked passwords (a paid plan).',
    auth =>
      unless(auth.password_hibp_enabled === true, {
        seen: 'Passwords are not compared with passwords that are known to have leaked.',
      }),
  ),
  ofAuth(
    'mfa',
    'Users cannot have a second factor',
    'medium',
    'A stolen password is all that is needed.',
    'Authentication → Multi-factor: enable TOTP.',
    auth =>
      unless(
        [
          auth.mfa_totp_verify_enabled,
          auth.mfa_phone_verify_enabled,
          auth.mfa_web_authn_verify_enabled,
          auth.passkey_enabled,
        ].includes(true),
        { seen: 'Neither an authenticator app nor phone, security key or passkey is enabled.' },
      ),
  ),
  ofAuth(
    'email_confirmation',
    'Addresses are not confirmed',
    'high',
    'Anyone can sign up with another person\'s address and be taken for that person.',
    'Authentication → Sign in / Providers → Email: turn "Confirm email" on.',
    auth => unless(!auth.mailer_autoconfirm, { seen: 'Email addresses count as confirmed at once.' }),
  ),
  ofAuth(
    'email_change',
    'An address can be changed without a confirmation at the old one',
    'medium',
    'Anyone who gets hold of a session can take over the account for good.',
    'Authentication → Sign in / Providers → Email: turn "Secure email change" on.',
    auth =>
      unless(auth.mailer_secure_email_change_enabled !== false, {
        seen: 'A change of address is confirmed at the new address only.',
      }),
  ),
  ofAuth(
    'otp_expiry',
    'Links in emails live long',
    'low',
    'Anyone who reads the mailbox later can still open the account.',
    'Authentication → Sign in / Providers → Email: set the OTP expiry to an hour or less.',
    ({ mailer_otp_exp: seconds }) =>
      unless((seconds ?? 0) <= 3600, {
        seen: `They work for ${Math.round((seconds ?? 0) / 3600)} hours.`,
        evidence: { mailer_otp_exp: seconds ?? null },
      }),
  ),
  ofAuth(
    'captcha',
    'Sign-up has no protection against robots',
    'low',
    'Robots can create thousands of accounts and try passwords.',
    'Authentication → Attack protection: enable a captcha.',
    auth =>
      unless(auth.security_captcha_enabled === true || !openSignUp(auth), {
        seen: auth.external_anonymous_users_enabled
          ? 'Anyone can sign up, even anonymously, without a captcha.'
          : 'Anyone can sign up without a captcha.',
        severity: auth.external_anonymous_users_enabled ? 'medium' : 'low',
      }),
  ),
  ofAuth(
    'refresh_rotation',
    'Refresh tokens do not rotate',
    'high',
    'A stolen one works unnoticed until the user signs out.',
    'Authentication → Sessions: detect and revoke compromised refresh tokens.',
    auth => unless(auth.refresh_token_rotation_enabled !== false, { seen: 'Refresh token rotation is off.' }),
  ),
  ofAuth(
    'jwt_expiry',
    'Access tokens live long',
    'low',
    'A stolen one cannot be taken back before it ends.',
    'Project settings → JWT keys: an hour or less.',
    ({ jwt_exp: seconds }) =>
      unless((seconds ?? 3600) <= 3600, {
        seen: `They work for ${Math.round((seconds ?? 0) / 3600)} hours.`,
        severity: (seconds ?? 0) > 86_400 ? 'high' : 'low',
        evidence: { jwt_exp: seconds ?? null },
      }),
  ),
  ofAuth(
    'redirect_urls',
    'Sign-in may end on other sites',
    'medium',
    'Codes and tokens travel to the address that a sign-in ends on (RFC 9700 §4.1).',
    'Authentication → URL configuration: list whole https addresses, and no wildcards for hosts.',
    auth =>
      [
        ...(auth.site_url ? [auth.site_url] : []),
        ...(auth.uri_allow_list ?? '')
          .split(',')
          .map(url => url.trim())
          .filter(Boolean),
      ].flatMap((url) => {
        const problem = loose(url)
        return problem
          ? [
              {
                subject: url,
                severity: url.startsWith('http://localhost') ? ('low' as const) : ('medium' as const),
                seen: `${url} ${problem}.`,
                evidence: { url },
              },
            ]
          : []
      }),
  ),
]
