const FALLBACK = '/integrations'

/**
 * Returns the path of this site to go to afterwards, or the fallback. It never leads to another origin: `//evil`,
 * `/\evil`, schemes, user info and control characters all give the fallback (RFC 9700 §4.11.1, open redirector).
 */
export function safeReturnTo(given: string | undefined): string {
  // Browsers read "\" as "/" and drop tabs and line breaks, so the path may contain none of them.
  if (!given || given.length > 2000 || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(given)) return FALLBACK
  const here = 'https://coffer.invalid'
  try {
    const url = new URL(given, here)
    // Dots are resolved at this point: "/.//evil" has become "//evil".
    return url.origin === here && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : FALLBACK
  } catch {
    return FALLBACK
  }
}
