import { cleanText } from './clean-json.ts'

/** Patterns of secrets that platforms hand out. Text that matches one is redacted. */
const SECRETS = [
  /\b(gh[pousr]|github_pat)_\w{16,}/g,
  /\b(sb_secret|sbp|sk|rk|whsec|xox[abeoprs]|glpat|shpat|dop_v1|npm|pypi|hf|SG)[_-][\w.-]{16,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?/g,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{30,}/g,
  /\bya29\.[\w-]{16,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=:\/\/[^\s:/@]{1,100}:)[^\s@/]+(?=@)/g,
  /(?<=\b(password|passwd|pwd|secret|token|api[_-]?key)["']?\s*[:=]\s*["']?)[^\s"',;&]{6,}/gi,
]

/**
 * This is at least as wide as the database's rule (private.is_sensitive_key), which refuses a finding that breaks it.
 */
const SECRET_NAME = /(token|secret|password|passwd|passphrase|credential|key)s?$/i

/** Returns a text that may go into a finding: without secrets and control characters, and at most `length` long. */
export function redactText(text: string, length: number): string {
  const clean = SECRETS.reduce((rest, pattern) => rest.replace(pattern, '[redacted]'), text.slice(0, length * 4))
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  // The cut may have split a surrogate pair.
  return cleanText(clean.length > length ? `${clean.slice(0, length - 1)}…` : clean)
}

/** Redacts secrets in the evidence of a finding, by their values and by the names of their fields. */
export function redactEvidence(evidence: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(evidence)
      .slice(0, 20)
      .filter(([name]) => !SECRET_NAME.test(name))
      .map(([name, value]) => [
        name.slice(0, 60),
        typeof value === 'string'
          ? redactText(value, 300)
          : Array.isArray(value)
            ? value.slice(0, 50).map(item => redactText(String(item), 200))
            : typeof value === 'number' || typeof value === 'boolean'
              ? value
              : null,
      ]),
  )
}
