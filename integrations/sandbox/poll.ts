import * as z from 'zod'
import { afterPage, etagOf, isoTime, type Source } from '../poll.ts'

const Projects = z.object({
  projects: z.array(z.looseObject({ id: z.string(), created_at: z.string() })),
  next_page: z.number().int().nullable(),
})
const Events = z.object({
  events: z.array(z.looseObject({ id: z.string(), at: z.string() })),
  cursor: z.string(),
  has_more: z.boolean(),
})

/** The poll sources of the sandbox. @param api base URL of the sandbox's API */
export function sandboxPoll(api: string): Source[] {
  return [
    {
      id: 'projects',
      title: 'Projects',
      description: 'The projects of the workspace.',
      kind: 'mirror',
      scopes: ['projects:read'],
      async fetchPage(client, position) {
        const answer = position?.page
          ? await client.get(`${api}/projects?page=${position.page}`, Projects)
          : await client.get(`${api}/projects`, Projects, { etag: etagOf(position) })
        if (!answer) return 'unchanged'
        return {
          items: answer.body.projects.map(project => ({
            id: project.id,
            at: isoTime(project.created_at),
            data: project,
          })),
          ...afterPage(position, answer.body.next_page, answer.headers.get('etag')),
        }
      },
    },
    {
      id: 'events',
      title: 'Events',
      description: 'What happened in the workspace.',
      kind: 'events',
      scopes: ['events:read'],
      async fetchPage(client, position) {
        const after = position?.after ?? '0'
        const { body } = await client.get(`${api}/events?after=${encodeURIComponent(String(after))}`, Events)
        if (!body.events.length) return 'unchanged'
        return {
          items: body.events.map(event => ({ id: event.id, at: isoTime(event.at), data: event })),
          position: { after: body.cursor },
          done: !body.has_more,
        }
      },
    },
  ]
}
