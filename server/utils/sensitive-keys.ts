/**
 * Decides by name which values of a config are sealed. SQL holds the same rules (`private.plain_names`,
 * `private.is_sensitive_key`), where CHECK constraints refuse plaintext; tests/db/sealed-config.spec.ts compares the
 * two.
 */

/**
 * The names under which a stored config may hold readable values; every other name is sealed. The first are written
 * beside the tokens of every grant, the rest is declared by provider definitions (`plainConfig`).
 */
export const PLAIN_NAMES: readonly string[] = [
  'expires_at',
  'oauth_client',
  'refresh_expires_at',
  'token_type',
  'email',
  'login',
  'organization_slug',
  'project_id',
  'project_name',
  'project_ref',
  'region',
]

/** snake_case, ASCII only: `accessToken`, `access-token` and `ACCESS_TOKEN` are one name. */
function normalizeKey(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[A-Z]/g, letter => letter.toLowerCase())
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
}

const SECRET_WORD = /(^|_)(token|secret|password|passwd|passphrase|credential|api_?key|private_?key|access_?key)s?$/
const ANY_KEY = /_keys?$/
// Names that end in `_key` and identify or verify rather than open something.
const HARMLESS_KEY = /(^|_)(public|publishable|primary|foreign|partition|sort|cache|idempotency)_keys?$/
const RUN_TOGETHER = /^(access|refresh|id|auth|bearer|client|session)(token|secret)s?$/

/** True for the name of a secret, where no list of plain names decides. */
export function isSensitiveKey(name: string): boolean {
  const key = normalizeKey(name)
  return SECRET_WORD.test(key) || (ANY_KEY.test(key) && !HARMLESS_KEY.test(key)) || RUN_TOGETHER.test(key)
}
