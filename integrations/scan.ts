import type { PlatformClient, Subject } from './platform.ts'

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'

/** Something that is not as it should be. What is not given here, the check says. */
export interface Sighting {
  /**
   * Of the things that a check looks at (a repository, a table), the one that this is about; stable from scan to
   * scan.
   */
  subject?: string
  /** In words, what was seen. */
  seen: string
  severity?: Severity
  title?: string
  why?: string
  fix?: string
  /** Facts for a program. Never a whole answer of the platform: those hold secrets. */
  evidence?: Record<string, string | number | boolean | null | string[]>
}

/** One question about an account. Reads only, and knows nothing but its client. */
export interface Check {
  /** Stable: findings are recognised by it. `<provider>.<what>`. */
  id: string
  title: string
  severity: Severity
  why: string
  fix: string
  /** Without them the platform answers 403. */
  scopes?: readonly string[]
  /**
   * Every sighting, or none; `not_applicable` when the account has no such thing. @throws PlatformFailure when it
   * could not be seen
   */
  run(client: PlatformClient, subject: Subject): Promise<Sighting[] | 'not_applicable'>
}

/** For settings that are either right or wrong. */
export function unless(right: boolean, sighting: Sighting): Sighting[] {
  return right ? [] : [sighting]
}

/** What every provider is asked: whether the grant is wider than what Coffer asks for and uses. */
export function scopesCheck({
  name,
  scopes,
  wideScopes,
}: {
  name: string
  scopes: readonly string[]
  wideScopes: Record<string, string>
}): Check {
  const asked = (scope: string) => scopes.some(one => scope === one || scope.endsWith(`/auth/userinfo.${one}`))
  return {
    id: 'grant.scopes',
    title: 'The grant is wider than it has to be',
    severity: 'low',
    why: 'Whoever gets hold of the credentials can do all that the grant allows, not only what is used.',
    fix: 'Reconnect the account, and allow only what is asked for. What an operator asks for too much is set in the OAuth app.',
    run: async (_client, { grantedScopes }) =>
      grantedScopes.flatMap((scope): Sighting[] => {
        if (wideScopes[scope])
          return [{
            subject: scope,
            seen: wideScopes[scope],
            severity: 'info',
            evidence: { scope },
          }]
        // Where scopes are set on the app, nothing was asked for.
        return scopes.length && !asked(scope)
          ? [{ subject: scope, seen: `${name} granted ${scope}, which Coffer does not ask for.`, evidence: { scope } }]
          : []
      }),
  }
}
