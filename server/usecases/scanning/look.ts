import type * as z from 'zod'
import { isPlatformFailure, type PlatformClient, type Subject } from '../../../integrations/platform.ts'
import type { Rule, Sighting } from '../../../integrations/scan.ts'
import type { RuleResult } from '../../../shared/contracts/scans.ts'
import type { Finding } from '../../domain/assessment.ts'
import { redactEvidence, redactText } from '../../domain/redact.ts'
import type { ScanLease } from '../../ports/scanning.ts'
import type { Runtime } from '../deps.ts'

/** The most sightings kept per rule. Nobody reads or fixes more at once. */
const SIGHTINGS_PER_RULE = 200

/** The results of a scan so far. */
export interface Seen {
  results: RuleResult[]
  findings: Finding[]
  /** The ids of the rules that have a result. */
  looked: Set<string>
}

/** Thrown when the process must end. */
export class Stopping extends Error {}

/**
 * Applies the rules that have no result yet. It may be called twice: after a refused access token it goes on where it
 * stopped.
 * @throws LeaseLost | Stopping | PlatformFailure unauthorized
 */
export async function lookAtAll(
  deps: Pick<Runtime, 'now' | 'stopping'>,
  { lease, rules, seen }: { lease: ScanLease, rules: Rule[], seen: Seen },
  client: PlatformClient,
  subject: Subject,
): Promise<void> {
  for (const rule of rules.slice(seen.results.length)) {
    if (deps.stopping()) throw new Stopping()
    await lease.renew({ done: seen.results.length, total: rules.length, current: rule.title })
    seen.results.push({ rule: rule.id, title: rule.title, ...(await look(deps, rule, seen, client, subject)) })
  }
}

async function look(
  deps: Pick<Runtime, 'now'>,
  rule: Rule,
  seen: Seen,
  client: PlatformClient,
  subject: Subject,
): Promise<Pick<RuleResult, 'outcome' | 'detail'>> {
  try {
    const sightings = await rule.run(client, subject)
    seen.looked.add(rule.id)
    if (sightings === 'not_applicable') return { outcome: 'not_applicable', detail: null }
    seen.findings.push(...toFindings(rule, sightings, deps.now().toISOString()))
    return { outcome: sightings.length ? 'failed' : 'passed', detail: null }
  } catch (error) {
    if (isPlatformFailure(error, 'unauthorized') || !isPlatformFailure(error)) throw error
    // A refusal is a result of this rule only. The other rules go on.
    if (isPlatformFailure(error, 'forbidden')) {
      const scope = error.scope ?? rule.scopes?.join(', ') ?? 'that this platform asks for'
      return { outcome: 'not_permitted', detail: `Needs the scope ${scope}.` }
    }
    if (isPlatformFailure(error, 'not_found', 'gone'))
      return { outcome: 'not_applicable', detail: 'The platform has no such thing for this account.' }
    const slow = isPlatformFailure(error, 'rate_limited')
    return {
      outcome: 'unavailable',
      detail: slow ? 'The platform asked us to slow down.' : 'The platform did not answer as documented.',
    }
  }
}

function toFindings(rule: Rule, sightings: Sighting[], now: string): Finding[] {
  const some = sightings.slice(0, SIGHTINGS_PER_RULE)
  const bySubject = new Map(some.map(sighting => [redactText(sighting.subject ?? '', 300), sighting]))
  return [...bySubject].map(([subject, sighting]) => ({
    ruleId: rule.id,
    subject,
    state: 'new',
    severity: sighting.severity ?? rule.severity,
    title: redactText(sighting.title ?? rule.title, 300),
    seen: redactText(sighting.seen, 1000),
    why: redactText(sighting.why ?? rule.why, 1000),
    fix: redactText(sighting.fix ?? rule.fix, 1000),
    evidence: redactEvidence(sighting.evidence ?? {}),
    firstSeenAt: now,
  }))
}

/**
 * Wraps a client so that an answer that several rules look at is fetched once. Failures are not remembered. Rules send
 * no etags.
 */
export function remembering(client: PlatformClient): PlatformClient {
  const answers = new Map<z.ZodType, Map<string, Promise<unknown>>>()
  function get(url: string, schema: z.ZodType, options?: { headers?: Record<string, string> }): Promise<unknown> {
    const known = answers.get(schema) ?? new Map<string, Promise<unknown>>()
    answers.set(schema, known)
    const asked = known.get(url) ?? client.get(url, schema, options)
    known.set(url, asked)
    asked.catch(() => known.delete(url))
    return asked
  }
  return { post: client.post.bind(client), get: get as PlatformClient['get'] }
}
