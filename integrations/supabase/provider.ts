import * as z from 'zod'
import { defineProvider } from '../define.ts'
import { SUPABASE_API as API } from './api.ts'
import { supabaseChecks } from './scan.ts'

const Projects = z.array(
  z.object({
    ref: z.string().optional(),
    id: z.string(),
    name: z.string(),
    organization_id: z.string(),
    organization_slug: z.string().optional(),
    region: z.string().optional(),
  }),
)
const Organizations = z.array(z.object({ id: z.string(), slug: z.string().optional(), name: z.string() }))

/** The Management API. One grant covers an organisation: the person picks projects, one integration a project. */
export const supabase = defineProvider({
  id: 'supabase',
  name: 'Supabase',
  description: 'Projects of an organisation: configuration, advisors, backups.',
  icon: 'i-simple-icons-supabase',
  setupUrl: 'https://supabase.com/dashboard/org/_/apps',
  docsUrl: 'https://supabase.com/docs/guides/integrations/build-a-supabase-oauth-integration',
  clientEnv: 'SUPABASE',
  authorizationEndpoint: `${API}/oauth/authorize`,
  tokenEndpoint: `${API}/oauth/token`,
  // Takes JSON with the client's credentials in the body and answers 204, unlike RFC 7009.
  revocation: { style: 'json', endpoint: `${API}/oauth/revoke` },
  // Fixed on the OAuth app; the scope parameter is deprecated and has no effect.
  scopes: [],
  clientAuth: 'basic',
  callback: 'shared',
  // Both tokens change at a refresh and the previous access token is refused at once. A spent refresh token is a 404.
  refresh: {
    rotates: true,
    killsAccessToken: true,
    defaultLifetime: 3600,
    deadTokenStatuses: [404],
  },
  picksAccounts: true,
  plainConfig: ['project_ref', 'project_id', 'project_name', 'organization_slug', 'region'],
  // 120 requests a minute for each person and project.
  limits: { perSecond: 4, concurrency: 5, counts: 'account' },
  wideScopes: {
    'secrets:read':
      'secrets:read opens API keys, function secrets and the root key. Coffer asks with it only whether legacy keys are enabled.',
    'secrets:write': 'secrets:write changes API keys. Coffer changes nothing.',
    'database:write': 'database:write runs any SQL. Coffer only reads.',
  },
  checks: supabaseChecks,

  async identifyAccounts(api) {
    const [projects, organizations] = await Promise.all([
      api.get(`${API}/projects`, Projects),
      api.get(`${API}/organizations`, Organizations),
    ])
    const accounts = projects.map((project) => {
      const organization = organizations.find(
        ({ id, slug }) => id === project.organization_id || slug === project.organization_slug,
      )
      const ref = project.ref ?? project.id
      return {
        id: ref,
        name: organization ? `${project.name} (${organization.name})` : project.name,
        metadata: {
          project_ref: ref,
          organization_slug: project.organization_slug ?? organization?.slug ?? project.organization_id,
          ...(project.region ? { region: project.region } : {}),
        },
      }
    })
    if (accounts.length) return accounts
    // An organisation without projects is still a grant worth keeping: its members and settings can be read.
    return organizations.map(({ id, slug, name }) => ({
      id: `org:${slug ?? id}`,
      name,
      metadata: { organization_slug: slug ?? id },
    }))
  },
})
