import { SCOPES } from './authorization-server.ts'
import { PASSWORD, people, type Person } from './people.ts'
import type { SecuritySettings, WebhookTarget } from './workspace.ts'

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\'': '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => ESCAPES[character]!)
}

// One stylesheet, no script: these pages belong to another "platform" and share nothing with Coffer's own.
function page(nonce: string, title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style nonce="${nonce}">
:root { color-scheme: light dark; --bg: #eef2f7; --card: #fff; --text: #16202e; --muted: #51607a; --line: #cfd8e6; --accent: #1d4ed8; --on-accent: #fff; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --bg: #0e1420; --card: #172030; --text: #e8eef8; --muted: #a5b3c9; --line: #33415a; --accent: #7aa7ff; --on-accent: #0b1220; --bad: #ff9c92; } }
* { box-sizing: border-box } body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
* background: var(--bg); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 26rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.75rem }
h1 { font-size: 1.3rem; line-height: 1.3; margin: .25rem 0 .75rem } p { margin: 0 0 1rem; color: var(--muted) } .mark { font-weight: 600; color: var(--muted); font-size: .875rem; margin: 0 }
label { display: block; font-weight: 600; margin: .75rem 0 .25rem } input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .5rem }
ul { margin: 0 0 1.25rem; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: .5rem } li { padding: .6rem .8rem } li + li { border-top: 1px solid var(--line) }
.row { display: flex; gap: .75rem; margin-top: 1.25rem } .row form, .row button { flex: 1 } form button { width: 100% } button { padding: .65rem 1rem; font: inherit; font-weight: 600; border-radius: .5rem; border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent) } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px } .error { color: var(--bad); font-weight: 600 } .good { color: var(--text); font-weight: 600 } a { color: var(--accent) } h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem }
label.check { display: flex; gap: .6rem; align-items: center; font-weight: 500 } label.check input { width: 1.1rem; height: 1.1rem; margin: 0 }
code { font-family: ui-monospace, monospace; font-size: .9em }
</style></head><body><main><p class="mark">Sandbox platform</p>${body}</main></body></html>`
}

export function loginPage(nonce: string, uid: string, failed?: { email: string }): string {
  return page(
    nonce,
    'Sign in to the sandbox',
    `<h1>Sign in to the sandbox</h1>
<p>${people.map(person => `<code>${escape(person.email)}</code>`).join(' and ')} live here. The password is <code>${PASSWORD}</code>.</p>
${failed ? '<p class="error" role="alert">E-mail address or password is wrong.</p>' : ''}
<form method="post" action="/sandbox/interaction/${encodeURIComponent(uid)}/login">
<label for="email">E-mail address</label><input id="email" name="email" type="email" autocomplete="username" required value="${escape(failed?.email ?? people[0]!.email)}">
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required value="${failed ? '' : PASSWORD}">
<div class="row"><button class="primary" type="submit">Sign in</button></div></form>`,
  )
}

export function consentPage(nonce: string, uid: string, clientName: string, person: Person, scopes: string[]): string {
  const items = scopes
    .map(scope =>
      scope === 'offline_access'
        ? '<li>Stay connected while you are away</li>'
        : scope in SCOPES
          ? `<li>${escape(SCOPES[scope as keyof typeof SCOPES])}</li>`
          : '',
    )
    .join('')
  const action = `/sandbox/interaction/${encodeURIComponent(uid)}`
  return page(
    nonce,
    `Allow ${clientName}?`,
    `<h1>Allow ${escape(clientName)} into ${escape(person.workspace)}?</h1>
<p>You are signed in as ${escape(person.name)}. ${escape(clientName)} will be able to:</p><ul>${items}</ul>
<div class="row"><form method="post" action="${action}/abort"><button type="submit">Deny</button></form>
<form method="post" action="${action}/confirm"><button class="primary" type="submit">Allow</button></form></div>`,
  )
}

function settingsForm(person: Person, settings: SecuritySettings): string {
  const toggle = (name: 'mfa_required' | 'sso_enforced' | 'public_projects_allowed', label: string) =>
    `<label class="check"><input type="checkbox" name="${name}" ${settings[name] ? 'checked' : ''}> ${label}</label>`
  return `<form method="post" action="/sandbox/settings/${person.id}"><input type="hidden" name="form" value="settings">
${toggle('mfa_required', 'Require a second factor')}${toggle('sso_enforced', 'Enforce single sign-on')}${toggle('public_projects_allowed', 'Allow public projects')}
<label for="length">Shortest password</label><input id="length" name="password_min_length" type="number" min="4" max="64" required value="${settings.password_min_length}">
<div class="row"><button class="primary" type="submit">Save settings</button></div></form>`
}

function webhookForm(person: Person, webhook: WebhookTarget | undefined): string {
  return `<h2>Webhook</h2><p>Where the sandbox says that settings have changed. Address and secret are on the integration's page in Coffer.${webhook?.last ? ` The last message was ${escape(webhook.last)}.` : ''}</p>
<form method="post" action="/sandbox/settings/${person.id}"><input type="hidden" name="form" value="webhook">
<label for="url">Address</label><input id="url" name="url" type="url" value="${escape(webhook?.url ?? '')}">
<label for="secret">Secret</label><input id="secret" name="secret" type="password" autocomplete="off" value="">
<div class="row"><button type="submit">Save webhook</button></div></form>`
}

/**
 * The settings of a workspace, as its administrators see them. Nobody has to sign in: nothing here is worth
 * protecting.
 */
export function settingsPage(
  nonce: string,
  person: Person,
  settings: SecuritySettings,
  webhook: WebhookTarget | undefined,
  note?: { text: string, bad: boolean },
): string {
  const others = people
    .filter(({ id }) => id !== person.id)
    .map(other => `<a href="/sandbox/settings/${other.id}">${escape(other.workspace)}</a>`)
    .join(', ')
  return page(
    nonce,
    `Settings of ${person.workspace}`,
    `<h1>Settings of ${escape(person.workspace)}</h1>
<p>What is set here, a scan in Coffer sees. Also here: ${others}. <a href="/integrations">Back to Coffer</a></p>
${note ? `<p class="${note.bad ? 'error' : 'good'}" role="${note.bad ? 'alert' : 'status'}">${escape(note.text)}</p>` : ''}${settingsForm(person, settings)}${webhookForm(person, webhook)}`,
  )
}

export function gonePage(nonce: string): string {
  return page(
    nonce,
    'This page has expired',
    '<h1>This page has expired</h1><p>Go back to Coffer and start the connection again.</p><p><a href="/connect">Back to Coffer</a></p>',
  )
}
