import { describe, expect, it } from 'vitest'
import { html, join } from '../../server/sandbox/html.ts'
import { consentPage, loginPage, settingsPage } from '../../server/sandbox/pages.ts'
import { people } from '../../server/sandbox/people.ts'

const HOSTILE = '"><script>alert(\'1\')</script>&'

describe('markup of the sandbox', () => {
  it('the html template escapes text, attributes and numbers, and keeps its own markup', () => {
    const inner = html`<b>${HOSTILE}</b>`
    expect(html`<p title="${HOSTILE}">${inner}${7}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">'
      + '<b>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</b>7</p>',
    )
  })

  it('a list of markup is joined without separators by the template, and with an escaped one by join', () => {
    const items = ['a', '<'].map(text => html`<i>${text}</i>`)
    expect(html`${items}`.text).toBe('<i>a</i><i>&lt;</i>')
    expect(join(items, ' & ').text).toBe('<i>a</i> &amp; <i>&lt;</i>')
  })

  it('the pages escape every value that comes from outside', () => {
    const person = { ...people[0]!, name: HOSTILE, workspace: HOSTILE }
    const settings = {
      mfa_required: true,
      sso_enforced: false,
      public_projects_allowed: true,
      password_min_length: 8,
    }
    const webhook = { url: HOSTILE, secret: '', last: HOSTILE }
    const note = { text: HOSTILE, bad: true }
    for (const page of [
      loginPage('nonce', HOSTILE, { email: HOSTILE }),
      consentPage('nonce', {
        uid: HOSTILE,
        clientName: HOSTILE,
        person,
        scopes: ['openid', 'projects:read'],
      }),
      settingsPage('nonce', {
        person,
        settings,
        webhook,
        note,
      }),
    ]) {
      expect(page).toContain('&lt;script&gt;')
      expect(page).not.toContain('<script')
    }
  })
})
