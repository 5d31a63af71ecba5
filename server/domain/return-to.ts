const FALLBACK = '/integrations'

/**
 * A path of this site to go to afterwards, or the fallback. Never another origin: `//evil`, `/\evil`, schemes, user
 * info and control characters all fall back (RFC 9700 §4.11.1, open redirector).
 */
export function safeReturnTo(given: string | undefined): string {
  // Browsers read "\" as "/" and drop tabs and line breaks, so none of them may be in it.
  if (!given || given.length > 2000 || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(given)) return FALLBACK
  const here = 'https://coffer.invalid'
  try {
    const url = new URL(given, here)
    // Dots are resolved by now: "/.//evil" has become "//evil".
    return url.origin === here && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : FALLBACK
  } catch {
    return FALLBACK
  }
}
