import type { SqlSession } from '../embedded/migrate.ts'
import { settingsPage, type Note } from './pages.ts'
import { findPerson, type Person } from './people.ts'
import { changeSettings, readSettings, readWebhookTarget, SecuritySettings, setWebhookTarget } from './workspace.ts'

interface Platform {
  session: SqlSession
  appUrl: string
}

/**
 * Answers the page on which a workspace's security settings are changed, so that the next scan finds something else.
 * @param personId whose workspace; empty means the first one
 * @param form the posted fields; undefined when the page is only shown
 * @returns undefined when there is no such workspace
 */
export async function answerSettings(
  platform: Platform,
  personId: string,
  form: URLSearchParams | undefined,
  nonce: string,
): Promise<{ status: number, html: string } | undefined> {
  const person = findPerson(personId || 'ada')
  if (!person) return undefined
  const note = form && (await saveForm(platform, person, form))
  const settings = await readSettings(platform.session, person)
  const webhook = await readWebhookTarget(platform.session, person)
  return {
    status: note?.bad ? 422 : 200,
    html: settingsPage(nonce, {
      person,
      settings,
      webhook,
      note,
    }),
  }
}

async function saveForm(platform: Platform, person: Person, form: URLSearchParams): Promise<Note> {
  return form.get('form') === 'webhook'
    ? await saveWebhook(platform, person, form)
    : await saveSettings(platform, person, form)
}

async function saveWebhook(platform: Platform, person: Person, form: URLSearchParams): Promise<Note> {
  const problem = await setWebhookTarget(platform, person, {
    url: form.get('url')?.trim() ?? '',
    secret: form.get('secret')?.trim() ?? '',
  })
  return problem ? { text: problem, bad: true } : { text: 'Webhook saved.', bad: false }
}

async function saveSettings({ session }: Platform, person: Person, form: URLSearchParams): Promise<Note> {
  const checked = (name: string) => form.get(name) === 'on'
  const settings = SecuritySettings.safeParse({
    mfa_required: checked('mfa_required'),
    sso_enforced: checked('sso_enforced'),
    public_projects_allowed: checked('public_projects_allowed'),
    password_min_length: form.get('password_min_length'),
  })
  if (!settings.success) return { text: 'The shortest password must have 4 to 64 characters.', bad: true }
  await changeSettings(session, person, settings.data)
  return { text: 'Settings saved.', bad: false }
}
