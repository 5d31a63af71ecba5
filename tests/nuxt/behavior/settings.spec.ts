import { describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import { listNuggets, readAutoSync, removeAutoSync, saveAutoSync, syncNow } from '#shared/contracts/auto-sync'
import { listProviders } from '#shared/contracts/connect'
import { listOAuthApps, removeOAuthApp, saveOAuthApp } from '#shared/contracts/oauth-apps'
import { serveMailImport } from '../cases/pages.ts'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { autoSync, noAutoSync, nugget, oauthApp, provider, syncRun } from '../support/fixtures.ts'
import { expectReadable, visit } from '../support/show.ts'

const button = (name: string) => page.getByRole('button', { name, exact: true })
const notice = (words: string | RegExp) => expect.element(page.getByText(words).first()).toBeVisible()
const MAIL = '/settings/auto-sync'
const APPS = '/settings/oauth-apps'

describe('Mail import', () => {
  async function fill() {
    await page.getByRole('switch', { name: 'Import new mail automatically' }).click()
    await page.getByRole('textbox', { name: 'Mail server (IMAP)' }).fill('imap.example.com')
    await page.getByRole('textbox', { name: 'User name' }).fill('ada@example.com')
    await page.getByLabelText('App password').fill('app-password')
  }

  it('A new mailbox is sent with the settings, and the page then shows it', async () => {
    serveMailImport(noAutoSync(), [])
    await visit(MAIL)
    await fill()
    serve(saveAutoSync, { reply: autoSync() })
    serveMailImport()
    await button('Test the mailbox and save').click()
    await notice('Mail import is on')
    await expect.element(page.getByRole('link', { name: 'ada@example.com' })).toBeVisible()
    expect(requestsTo(saveAutoSync).map(({ body }) => body)).toEqual([{
      enabled: true,
      interval_minutes: 60,
      auto_process: true,
      mailbox: {
        host: 'imap.example.com',
        port: 993,
        tls: 'implicit',
        username: 'ada@example.com',
        password: 'app-password',
      },
    }])
  })

  it('The usual port follows the encryption that is chosen', async () => {
    serveMailImport(noAutoSync(), [])
    await visit(MAIL)
    await page.getByRole('combobox', { name: 'Encryption' }).click()
    await page.getByRole('option', { name: 'STARTTLS (port 143)' }).click()
    await expect.element(page.getByLabelText('Port')).toHaveValue(143)
  })

  it('Fields that are empty are refused by the form, beside the fields', async () => {
    serveMailImport(noAutoSync(), [])
    await visit(MAIL)
    await page.getByRole('switch', { name: 'Import new mail automatically' }).click()
    await button('Test the mailbox and save').click()
    await notice('Enter a user name')
    await notice('Enter a password')
    expect(requestsTo(saveAutoSync)).toEqual([])
    await expectReadable()
  })

  it('A mailbox that the mail server refuses stays in the form, with the words beside its field', async () => {
    serveMailImport(noAutoSync(), [])
    await visit(MAIL)
    await fill()
    const fields = { 'mailbox.password': 'The mail server refuses this password' }
    serve(saveAutoSync, { reply: refuse(422, 'invalid_request', 'The mailbox could not be opened.', fields) })
    await button('Test the mailbox and save').click()
    await notice('The mail server refuses this password')
    await expect.element(page.getByRole('textbox', { name: 'User name' })).toHaveValue('ada@example.com')
  })

  it('Another interval is sent without the stored mailbox', async () => {
    serveMailImport()
    await visit(MAIL)
    await page.getByRole('combobox', { name: 'How often' }).click()
    await page.getByRole('option', { name: 'Every 15 minutes' }).click()
    serve(saveAutoSync, { reply: autoSync({ interval_minutes: 15 }) })
    await button('Save').click()
    await notice('Mail import is on')
    expect(requestsTo(saveAutoSync).map(({ body }) => body)).toEqual([
      { enabled: true, interval_minutes: 15, auto_process: true },
    ])
  })

  it('A mailbox can be changed, and that can be taken back', async () => {
    serveMailImport()
    await visit(MAIL)
    await button('Change').click()
    await expect.element(page.getByRole('textbox', { name: 'Mail server (IMAP)' })).toBeVisible()
    await button('Keep the mailbox').click()
    await expect.element(page.getByRole('link', { name: 'ada@example.com' })).toBeVisible()
  })

  it.each([
    [{ success: true, imported: 3 }, '3 new mails'],
    [{ success: true, imported: 1 }, '1 new mail'],
    [{ success: true, skipped: 'running' }, 'An import is already running'],
    [{ success: false, error: 'The mail server did not answer.' }, 'The mail server did not answer.'],
  ] as const)('Import now says how it went (case %#) and loads the runs again', async (outcome, words) => {
    serveMailImport(autoSync({ runs: [] }), [])
    await visit(MAIL)
    serve(syncNow, { reply: outcome })
    serve(readAutoSync, { reply: autoSync({ runs: [syncRun({ imported: 7, skipped: 0, nuggets: 0 })] }) })
    serve(listNuggets, { reply: { nuggets: [nugget()] } })
    await button('Import now').click()
    await notice(words)
    await notice(/7 new mails/)
  })

  it('Mail import can be ended, and the mailbox stays an integration', async () => {
    serveMailImport()
    await visit(MAIL)
    serve(removeAutoSync, { reply: { success: true } })
    serveMailImport(noAutoSync(), [])
    await button('End mail import').click()
    await notice('Mail import has ended. The mailbox stays in your integrations.')
    expect(requestsTo(removeAutoSync)).toHaveLength(1)
    await expect.element(page.getByRole('switch', { name: 'Import new mail automatically' })).not.toBeChecked()
  })
})

describe('OAuth apps', () => {
  async function edit() {
    serve(listOAuthApps, { reply: { apps: [oauthApp()] } })
    await visit(APPS)
    await button('Enter your own app for GitHub').click()
  }

  it('An app that was entered is sent and shown, without its secret', async () => {
    serve(listProviders, { reply: { providers: [provider()] } })
    await edit()
    await page.getByLabelText('Client id').fill('our-client')
    await page.getByLabelText('Client secret').fill('our-secret')
    const app = oauthApp({ client_id: 'our-client', configured: true })
    serve(saveOAuthApp, { params: { name: 'github' }, reply: { success: true, apps: [app] } })
    await button('Save').click()
    await notice('Saved')
    await notice(/Your own: our-client/)
    await expect.element(page.getByLabelText('Client secret')).not.toBeInTheDocument()
    expect(requestsTo(saveOAuthApp, { name: 'github' }).map(({ body }) => body)).toEqual([
      { client_id: 'our-client', client_secret: 'our-secret' },
    ])
  })

  it('Fields that are empty are refused by the form, without a request', async () => {
    await edit()
    await button('Save').click()
    await notice('Enter the client id')
    await notice('Enter the client secret')
    expect(requestsTo(saveOAuthApp, { name: 'github' })).toEqual([])
    await expectReadable()
  })

  it('An app can be removed, and the notice says what to reconnect', async () => {
    serve(listProviders, { reply: { providers: [provider()] } })
    serve(listOAuthApps, { reply: { apps: [oauthApp({ client_id: 'our-client', configured: true })] } })
    await visit(APPS)
    serve(removeOAuthApp, { params: { name: 'github' }, reply: { success: true, apps: [oauthApp()] } })
    await button('Remove the app for GitHub').click()
    await notice(/^Removed\. Reconnect the integrations/)
    await notice('Not configured')
  })
})
