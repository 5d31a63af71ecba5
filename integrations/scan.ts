import type { PlatformClient, Subject } from './platform.ts'

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'

/** A problem that a rule saw. Members that it does not give are those of its rule. */
export interface Sighting {
  /**
   * Which of the things that a rule looks at (a repository, a table) this is about. Stable from scan to scan.
   */
  subject?: string
  /** What was seen, in a sentence for people. */
  seen: string
  severity?: Severity
  title?: string
  why?: string
  fix?: string
  /** Facts for programs. Never a whole answer of the platform, because those contain secrets. */
  evidence?: Record<string, string | number | boolean | null | string[]>
}

/** A rule of a scan: one question about an account. It only reads, and knows nothing but its client. */
export interface Rule {
  /** Stable, because findings are recognized by it. Its form is `<provider>.<what>`. */
  id: string
  title: string
  severity: Severity
  why: string
  fix: string
  /** The scopes without which the platform answers 403. */
  scopes?: readonly string[]
  /**
   * @returns every sighting, or none; `not_applicable` when the account has nothing of the kind
   * @throws PlatformFailure when it could not look
   */
  run(client: PlatformClient, subject: Subject): Promise<Sighting[] | 'not_applicable'>
}

/** The sighting of a setting that is wrong, or none when it is right. */
export function unless(right: boolean, sighting: Sighting): Sighting[] {
  return right ? [] : [sighting]
}

/** The rule for every provider: whether the grant is wider than what Coffer asks for and uses. */
export function scopesRule({
  name,
  scopes,
  wideScopes,
}: {
  name: string
  scopes: readonly string[]
  wideScopes: Record<string, string>
}): Rule {
  const asked = (scope: string) => scopes.some(one => scope === one || scope.endsWith(`/auth/userinfo.${one}`))
  return {
    id: 'grant.scopes',
    title: 'The grant is wider than necessary',
    severity: 'low',
    why: 'Anyone who gets hold of the credentials can do all that the grant allows, not only what Coffer does.',
    fix:
      'Reconnect the account and allow only the scopes that are asked for. If the OAuth app itself asks for too ' +
      'much, its administrator can change that.',
    run: async (_client, { grantedScopes }) =>
      grantedScopes.flatMap((scope): Sighting[] => {
        if (wideScopes[scope])
          return [{
            subject: scope,
            seen: wideScopes[scope],
            severity: 'info',
            evidence: { scope },
          }]
        // Where scopes are set on the app, Coffer asks for none.
        return scopes.length && !asked(scope)
          ? [{ subject: scope, seen: `${name} granted ${scope}, which Coffer does not ask for.`, evidence: { scope } }]
          : []
      }),
  }
}
