import { SCOPES } from './authorization-server.ts'
import { html, join, type Html } from './html.ts'
import { PASSWORD, people, type Person } from './people.ts'
import { stylesheet } from './stylesheet.ts'
import type { SecuritySettings, WebhookTarget } from './workspace.ts'

/** The frame of every page: one stylesheet, allowed by its nonce, and no script. */
function page(nonce: string, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${stylesheet}</style>
</head>
<body>
<main>
<p class="mark">Sandbox platform</p>
${body}
</main>
</body>
</html>`.text
}

/** The sign-in form. After a failed attempt it says so, keeps the address and leaves the password empty. */
export function loginPage(nonce: string, uid: string, failed?: { email: string }): string {
  const addresses = people.map(person => html`<code>${person.email}</code>`)
  return page(
    nonce,
    'Sign in to the sandbox',
    html`<h1>Sign in to the sandbox</h1>
<p>Sign in as ${join(addresses, ' or ')}. The password is <code>${PASSWORD}</code>.</p>
${failed ? html`<p class="error" role="alert">E-mail address or password is wrong.</p>` : ''}
<form method="post" action="/sandbox/interaction/${encodeURIComponent(uid)}/login">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required
  value="${failed?.email ?? people[0]!.email}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
  value="${failed ? '' : PASSWORD}">
<div class="row"><button class="primary" type="submit">Sign in</button></div>
</form>`,
  )
}

/** The question whether an app may have access, with what each scope means. */
export function consentPage(
  nonce: string,
  { uid, clientName, person, scopes }: { uid: string, clientName: string, person: Person, scopes: string[] },
): string {
  const action = `/sandbox/interaction/${encodeURIComponent(uid)}`
  return page(
    nonce,
    `Allow ${clientName}?`,
    html`<h1>Allow ${clientName} into ${person.workspace}?</h1>
<p>You are signed in as ${person.name}. ${clientName} will be able to:</p>
<ul>${scopes.flatMap(describeScope).map(text => html`<li>${text}</li>`)}</ul>
<div class="row">
<form method="post" action="${action}/abort"><button type="submit">Deny</button></form>
<form method="post" action="${action}/confirm"><button class="primary" type="submit">Allow</button></form>
</div>`,
  )
}

function describeScope(scope: string): string[] {
  if (scope === 'offline_access') return ['Stay connected while you are away']
  return scope in SCOPES ? [SCOPES[scope as keyof typeof SCOPES]] : []
}

type Toggle = 'mfa_required' | 'sso_enforced' | 'public_projects_allowed'

function settingsForm(person: Person, settings: SecuritySettings): Html {
  const toggle = (name: Toggle, label: string) => html`
<label class="check"><input type="checkbox" name="${name}" ${settings[name] ? 'checked' : ''}> ${label}</label>`
  return html`<form method="post" action="/sandbox/settings/${person.id}">
<input type="hidden" name="form" value="settings">
${toggle('mfa_required', 'Require a second factor')}
${toggle('sso_enforced', 'Enforce single sign-on')}
${toggle('public_projects_allowed', 'Allow public projects')}
<label for="length">Shortest password</label>
<input id="length" name="password_min_length" type="number" min="4" max="64" required
  value="${settings.password_min_length}">
<div class="row"><button class="primary" type="submit">Save settings</button></div>
</form>`
}

function webhookForm(person: Person, webhook: WebhookTarget | undefined): Html {
  return html`<h2>Webhook</h2>
<p>The sandbox sends a message here when settings change. Address and secret are on the integration's page in
Coffer.${webhook?.last ? ` Last message: ${webhook.last}.` : ''}</p>
<form method="post" action="/sandbox/settings/${person.id}">
<input type="hidden" name="form" value="webhook">
<label for="url">Address</label>
<input id="url" name="url" type="url" value="${webhook?.url ?? ''}">
<label for="secret">Secret</label>
<input id="secret" name="secret" type="password" autocomplete="off" value="">
<div class="row"><button type="submit">Save webhook</button></div>
</form>`
}

/** What a form says after it was sent: that it was saved, or what is wrong with it. */
export interface Note {
  text: string
  bad: boolean
}

/**
 * The settings of a workspace, as its administrators see them. Nobody has to sign in, because nothing here needs
 * protection.
 */
export function settingsPage(
  nonce: string,
  { person, settings, webhook, note }: {
    person: Person
    settings: SecuritySettings
    webhook: WebhookTarget | undefined
    note: Note | undefined
  },
): string {
  const others = people
    .filter(({ id }) => id !== person.id)
    .map(other => html`<a href="/sandbox/settings/${other.id}">${other.workspace}</a>`)
  return page(
    nonce,
    `Settings of ${person.workspace}`,
    html`<h1>Settings of ${person.workspace}</h1>
<p>A scan in Coffer reads these settings. Other workspaces: ${join(others, ', ')}.
<a href="/integrations">Back to Coffer</a></p>
${note ? noteLine(note) : ''}
${settingsForm(person, settings)}
${webhookForm(person, webhook)}`,
  )
}

function noteLine({ text, bad }: Note): Html {
  return bad ? html`<p class="error" role="alert">${text}</p>` : html`<p class="good" role="status">${text}</p>`
}

/** What a person sees who comes back to a step that is over. */
export function gonePage(nonce: string): string {
  return page(
    nonce,
    'This page has expired',
    html`<h1>This page has expired</h1>
<p>Go back to Coffer and start the connection again.</p>
<p><a href="/connect">Back to Coffer</a></p>`,
  )
}
