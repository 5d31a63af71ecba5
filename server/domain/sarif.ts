import type { Assessment, Finding } from './assessment.ts'

const LEVEL = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
} as const
/** Numbers on the scale of CVSS, which GitHub and others read. */
const SECURITY_SEVERITY = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  info: '0.0',
} as const
const BASELINE = {
  new: 'new',
  open: 'unchanged',
  unknown: 'unchanged',
  fixed: 'absent',
} as const

/** Turns an assessment into SARIF 2.1.0 (OASIS), for tools that collect findings. The artifact is the account. */
export function toSarif(assessment: Assessment, findings: Finding[]): Record<string, unknown> {
  const rules = new Map(findings.map(finding => [finding.ruleId, finding]))
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Coffer',
            semanticVersion: assessment.scannerVersion ?? undefined,
            rules: [...rules.values()].map(({ ruleId, title, why, fix, severity }) => ({
              id: ruleId,
              shortDescription: { text: title },
              fullDescription: { text: why },
              help: { text: fix },
              defaultConfiguration: { level: LEVEL[severity] },
              properties: { 'security-severity': SECURITY_SEVERITY[severity], 'tags': ['security'] },
            })),
          },
        },
        automationDetails: { id: `${assessment.integrationType}/${assessment.integrationId}/`, guid: assessment.id },
        invocations: [
          {
            executionSuccessful: assessment.status === 'completed',
            startTimeUtc: assessment.startedAt ?? undefined,
            endTimeUtc: assessment.finishedAt ?? undefined,
          },
        ],
        results: findings.map(finding => ({
          ruleId: finding.ruleId,
          level: LEVEL[finding.severity],
          message: { text: finding.seen },
          baselineState: BASELINE[finding.state],
          locations: [
            {
              logicalLocations: [
                {
                  fullyQualifiedName: `${assessment.integrationType}/${finding.subject || assessment.integrationId}`,
                  kind: 'resource',
                },
              ],
            },
          ],
          partialFingerprints: { 'coffer/v1': `${finding.ruleId}:${finding.subject}` },
          properties: { severity: finding.severity, firstSeenAt: finding.firstSeenAt, evidence: finding.evidence },
        })),
      },
    ],
  }
}
