import * as z from 'zod'
import { isPlatformFailure, type PlatformClient } from '../platform.ts'
import type { Severity, Sighting } from '../scan.ts'
import { SUPABASE_API } from './api.ts'
import { LINTS_SQL } from './lints.ts'

/** Any lint name is accepted, because the list grows. Members that are not named here are dropped. */
const Lint = z.object({
  name: z.string(),
  title: z.string(),
  level: z.enum(['ERROR', 'WARN', 'INFO']).catch('WARN'),
  description: z.string().default(''),
  detail: z.string(),
  remediation: z.string().nullish(),
  cache_key: z.string(),
  metadata: z
    .object({ schema: z.string().nullish(), name: z.string().nullish(), type: z.string().nullish() })
    .nullish(),
})
type Lint = z.infer<typeof Lint>
const V1 = z.object({ lints: z.array(Lint) })
const V2 = z.object({ data: z.object({ attributes: z.object({ lints: z.array(Lint) }) }) })
const Rows = z.array(
  z.object({
    name: z.string(),
    title: z.string(),
    level: z.enum(['ERROR', 'WARN', 'INFO']),
    description: z.string(),
    detail: z.string(),
    schema: z.string(),
    entity: z.string(),
    type: z.string(),
  }),
)

const SEVERITY: Record<Lint['level'], Severity> = { ERROR: 'high', WARN: 'medium', INFO: 'info' }
/** Results about the advisors themselves and not about the project. */
const NOT_ABOUT_THE_PROJECT = new Set(['project_not_active', 'advisor_check_unavailable'])
/** Failures after which the next way is tried. */
const CLOSED = ['forbidden', 'not_found', 'gone', 'unexpected'] as const

/**
 * The results of the platform's advisors. Asks the old endpoint (deprecated), then its successor (which may refuse
 * OAuth tokens), and then, for security, the database's catalog by queries of our own.
 * @throws PlatformFailure
 */
export async function advisors(
  client: PlatformClient,
  ref: string,
  kind: 'security' | 'performance',
): Promise<Sighting[]> {
  try {
    return (await client.get(`${SUPABASE_API}/projects/${ref}/advisors/${kind}`, V1)).body.lints.flatMap(sighting)
  } catch (error) {
    if (!isPlatformFailure(error, ...CLOSED)) throw error
    const first = error
    try {
      const { body } = await client.post(
        `https://api.supabase.com/v2/projects/${ref}/advisors/run`,
        { data: { type: 'project_advisors', attributes: { categories: [kind.toUpperCase()] } } },
        V2,
      )
      return body.data.attributes.lints.flatMap(sighting)
    } catch (error) {
      if (!isPlatformFailure(error, ...CLOSED)) throw error
      if (kind !== 'security') throw first
      const { body } = await client.post(
        `${SUPABASE_API}/projects/${ref}/database/query/read-only`,
        { query: LINTS_SQL },
        Rows,
      )
      return body.flatMap(row =>
        sighting({
          ...row,
          cache_key: `${row.name}_${row.schema}_${row.entity}`,
          metadata: { schema: row.schema, name: row.entity, type: row.type },
        }),
      )
    }
  }
}

function sighting(lint: Lint): Sighting[] {
  if (NOT_ABOUT_THE_PROJECT.has(lint.name)) return []
  const { schema, name, type } = lint.metadata ?? {}
  return [
    {
      subject: lint.cache_key,
      title: lint.title,
      severity: SEVERITY[lint.level],
      seen: lint.detail,
      ...(lint.description ? { why: lint.description } : {}),
      ...(lint.remediation?.startsWith('https://') ? { fix: `See ${lint.remediation}` } : {}),
      evidence: {
        lint: lint.name,
        schema: schema ?? null,
        entity: name ?? null,
        type: type ?? null,
      },
    },
  ]
}
