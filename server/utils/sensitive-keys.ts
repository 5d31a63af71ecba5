/**
 * Which keys of a config hold secrets, by name. The same rule stands in SQL (`private.is_sensitive_key`), where a CHECK
 * constraint refuses plaintext under such a name; tests/db/sealed-config.spec.ts holds the two against each other.
 */

/** snake_case, ASCII only: `accessToken`, `access-token` and `ACCESS_TOKEN` are one name. */
function normaliseKey(name: string): string {
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

/** True when a value under this name has to be encrypted before it is stored. */
export function isSensitiveKey(name: string): boolean {
  const key = normaliseKey(name)
  return SECRET_WORD.test(key) || (ANY_KEY.test(key) && !HARMLESS_KEY.test(key)) || RUN_TOGETHER.test(key)
}
