import { createHmac } from 'node:crypto'
import * as z from 'zod'
import type { SqlSession } from '../embedded/migrate.ts'
import type { Person } from './people.ts'
import { recall, replace } from './storage.ts'

export const SecuritySettings = z.object({
  mfa_required: z.boolean(),
  sso_enforced: z.boolean(),
  password_min_length: z.coerce.number().int().min(4).max(64),
  public_projects_allowed: z.boolean(),
})
export type SecuritySettings = z.infer<typeof SecuritySettings>

/** Where the sandbox reports changes. `last` is the result of the last report, null before the first. */
const WebhookTarget = z.object({ url: z.string(), secret: z.string(), last: z.string().nullable() })
export type WebhookTarget = z.infer<typeof WebhookTarget>

const Log = z.array(z.object({ id: z.string(), type: z.string(), at: z.string() }))

export async function readSettings(session: SqlSession, person: Person): Promise<SecuritySettings> {
  return SecuritySettings.parse(
    (await recall(session, `security/${person.id}`)) ?? {
      mfa_required: person.id !== 'ada',
      sso_enforced: false,
      password_min_length: 8,
      public_projects_allowed: true,
    },
  )
}

/** The events that people caused, oldest first. They come after the sample data. */
export async function readLog(session: SqlSession, person: Person): Promise<z.infer<typeof Log>> {
  return Log.parse((await recall(session, `log/${person.id}`)) ?? [])
}

export async function readWebhookTarget(session: SqlSession, person: Person): Promise<WebhookTarget | undefined> {
  const target = await recall(session, `webhook/${person.id}`)
  return target ? WebhookTarget.parse(target) : undefined
}

/** Saves settings, adds the change to the events, and reports it to the webhook if there is one. */
export async function changeSettings(session: SqlSession, person: Person, settings: SecuritySettings): Promise<void> {
  await replace(session, `security/${person.id}`, settings)
  const log = await readLog(session, person)
  await replace(session, `log/${person.id}`, [
    ...log,
    { id: `${person.id}-change-${log.length + 1}`, type: 'settings.updated', at: new Date().toISOString() },
  ])
  await report(session, person, 'settings.updated', { workspace: person.workspace, settings })
}

/**
 * Saves the webhook's address and secret; an empty address removes it. Only addresses of this installation are
 * accepted, so that the sandbox cannot be used to send requests elsewhere.
 * @returns what is wrong with the address or the secret, undefined when they were saved
 */
export async function setWebhookTarget(
  { session, appUrl }: { session: SqlSession, appUrl: string },
  person: Person,
  { url, secret }: { url: string, secret: string },
): Promise<string | undefined> {
  if (!url) {
    await replace(session, `webhook/${person.id}`, null)
    return undefined
  }
  const base = `${appUrl}/api/webhooks/sandbox/`
  if (!url.startsWith(base) || !/^[0-9a-f-]{36}$/.test(url.slice(base.length)))
    return `The address must be one of this installation: ${base}…`
  if (secret.length < 16) return 'Enter the secret that Coffer showed when the webhook was created.'
  await replace(session, `webhook/${person.id}`, { url, secret, last: null })
  return undefined
}

async function report(session: SqlSession, person: Person, event: string, body: object): Promise<void> {
  const target = await readWebhookTarget(session, person)
  if (!target) return
  const text = JSON.stringify(body)
  const time = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', target.secret).update(`${time}.${text}`).digest('hex')
  const last = await fetch(target.url, {
    method: 'POST',
    body: text,
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
    headers: {
      'content-type': 'application/json',
      'x-sandbox-event': event,
      'x-sandbox-signature': `t=${time},v1=${signature}`,
    },
  }).then(
    response => `answered ${response.status}`,
    () => 'not reached',
  )
  await replace(session, `webhook/${person.id}`, { ...target, last: `${event}: ${last}` })
}
