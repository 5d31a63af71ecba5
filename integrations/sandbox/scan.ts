import * as z from 'zod'
import { unless, type Rule } from '../scan.ts'

const Settings = z.object({
  mfa_required: z.boolean(),
  sso_enforced: z.boolean(),
  password_min_length: z.number().int(),
  public_projects_allowed: z.boolean(),
})
const Projects = z.object({
  projects: z.array(z.object({ id: z.string(), name: z.string(), public: z.boolean() })),
  next_page: z.number().int().nullable(),
})

/**
 * The rules about the sandbox.
 * @param api base URL of the sandbox's API
 * @param settingsUrl the page on which a person changes what the rules look at
 */
export function sandboxRules(api: string, settingsUrl: string): Rule[] {
  const settings = async (client: Parameters<Rule['run']>[0]) => (await client.get(`${api}/security`, Settings)).body
  const scopes = ['security:read']
  return [
    {
      id: 'sandbox.mfa',
      title: 'A second factor is not required',
      severity: 'high',
      scopes,
      why: 'A stolen or guessed password is enough to get into the workspace.',
      fix: `Turn on "Require a second factor": ${settingsUrl}`,
      run: async client =>
        unless((await settings(client)).mfa_required, { seen: 'Members may sign in with a password alone.' }),
    },
    {
      id: 'sandbox.sso',
      title: 'Single sign-on is not enforced',
      severity: 'medium',
      scopes,
      why: 'People who have left the organization keep passwords that still work.',
      fix: `Turn on "Enforce single sign-on": ${settingsUrl}`,
      run: async client =>
        unless((await settings(client)).sso_enforced, {
          seen: 'Members may sign in without the organization\'s identity provider.',
        }),
    },
    {
      id: 'sandbox.password_length',
      title: 'Passwords may be short',
      severity: 'medium',
      scopes,
      why: 'Short passwords can be guessed by trying.',
      fix: `Set the shortest password to 12 characters or more: ${settingsUrl}`,
      async run(client) {
        const { password_min_length: length } = await settings(client)
        return unless(length >= 12, {
          seen: `Passwords of ${length} characters are accepted.`,
          severity: length < 8 ? 'high' : 'medium',
          evidence: { password_min_length: length },
        })
      },
    },
    {
      id: 'sandbox.public_projects',
      title: 'A project is open to everyone',
      severity: 'low',
      scopes: ['projects:read', 'security:read'],
      why: 'Anyone can read its content without signing in.',
      fix: `Turn off "Allow public projects", and all of them become private: ${settingsUrl}`,
      async run(client) {
        if (!(await settings(client)).public_projects_allowed) return []
        const open = []
        for (let page: number | null = 1; page;) {
          const { body }: { body: z.infer<typeof Projects> } = await client.get(
            `${api}/projects?page=${page}`,
            Projects,
          )
          open.push(...body.projects.filter(project => project.public))
          page = body.next_page
        }
        return open.map(({ id, name }) => ({ subject: id, seen: `${name} is public.`, evidence: { project: id } }))
      },
    },
  ]
}
