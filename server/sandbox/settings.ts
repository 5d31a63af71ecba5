import type { SqlSession } from '../embedded/migrate.ts'
import { settingsPage } from './pages.ts'
import { findPerson } from './people.ts'
import { changeSettings, readSettings, readWebhookTarget, SecuritySettings, setWebhookTarget } from './workspace.ts'

/**
 * The page on which a workspace's security settings are changed, to see what a scan makes of it.
 * @param form what was posted; undefined when the page is only looked at
 */
export async function answerSettings(
  { session, appUrl }: { session: SqlSession, appUrl: string },
  personId: string,
  form: URLSearchParams | undefined,
  nonce: string,
): Promise<{ status: number, html: string } | undefined> {
  const person = findPerson(personId || 'ada')
  if (!person) return undefined
  let note: { text: string, bad: boolean } | undefined
  if (form?.get('form') === 'webhook') {
    const problem = await setWebhookTarget(
      session,
      person,
      appUrl,
      form.get('url')?.trim() ?? '',
      form.get('secret')?.trim() ?? '',
    )
    note = problem ? { text: problem, bad: true } : { text: 'Webhook saved.', bad: false }
  } else if (form) {
    const on = (name: string) => form.get(name) === 'on'
    const settings = SecuritySettings.safeParse({
      mfa_required: on('mfa_required'),
      sso_enforced: on('sso_enforced'),
      public_projects_allowed: on('public_projects_allowed'),
      password_min_length: form.get('password_min_length'),
    })
    if (settings.success) await changeSettings(session, person, settings.data)
    note = settings.success
      ? { text: 'Settings saved.', bad: false }
      : { text: 'The shortest password has from 4 to 64 characters.', bad: true }
  }
  return {
    status: note?.bad ? 422 : 200,
    html: settingsPage(
      nonce,
      person,
      await readSettings(session, person),
      await readWebhookTarget(session, person),
      note,
    ),
  }
}
