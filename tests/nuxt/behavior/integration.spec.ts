import { describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import {
  checkIntegration,
  deleteIntegration,
  listIntegrationAudit,
  readIntegration,
  refreshIntegration,
  updateIntegration,
} from '#shared/contracts/integrations'
import { serveList, serveOne } from '../cases/pages.ts'
import { ID, refuse, requestsTo, serve } from '../support/api.ts'
import { auditEntry, integration, LONG_NAME, mailbox } from '../support/fixtures.ts'
import { expectReadable, visit } from '../support/show.ts'

const PAGE = `/integrations/${ID}`
const button = (name: string) => page.getByRole('button', { name, exact: true })
const notice = (words: string | RegExp) => expect.element(page.getByText(words).first()).toBeVisible()

describe('Renaming an integration', () => {
  it('A name that was entered is sent, shown as the new heading, and said', async () => {
    serveOne(integration())
    await visit(PAGE)
    await button('Rename').click()
    const field = page.getByRole('textbox', { name: 'Name' })
    await expect.element(field).toHaveValue('Analytical Engines')
    await expect.element(field).toHaveFocus()
    await field.fill('Difference Engines')
    serve(updateIntegration, { reply: { success: true, integration: integration({ name: 'Difference Engines' }) } })
    serve(readIntegration, { reply: { integration: integration({ name: 'Difference Engines' }) } })
    await button('Save').click()
    await expect.element(page.getByRole('heading', { level: 1 })).toHaveTextContent('Difference Engines')
    await notice('Renamed')
    expect(requestsTo(updateIntegration).map(({ body }) => body)).toEqual([{ name: 'Difference Engines' }])
  })

  it('An empty name is refused by the form, without a request', async () => {
    serveOne(integration())
    await visit(PAGE)
    await button('Rename').click()
    await page.getByRole('textbox', { name: 'Name' }).fill('')
    await button('Save').click()
    await notice('Enter a name')
    expect(requestsTo(updateIntegration)).toEqual([])
    await expectReadable()
  })

  it('A name that the server refuses stays in the form, with the words of the server beside it', async () => {
    serveOne(integration())
    await visit(PAGE)
    await button('Rename').click()
    const field = page.getByRole('textbox', { name: 'Name' })
    await field.fill('Taken')
    serve(updateIntegration, {
      reply: refuse(422, 'invalid_request', 'Some fields are wrong.', { name: 'Another one has this name' }),
    })
    await button('Save').click()
    await notice('Another one has this name')
    await expect.element(field).toHaveValue('Taken')
  })

  it('Escape leaves the form without a change', async () => {
    serveOne(integration())
    await visit(PAGE)
    await button('Rename').click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Not this')
    await userEvent.keyboard('{Escape}')
    await expect.element(page.getByRole('heading', { level: 1 })).toHaveTextContent('Analytical Engines')
    expect(requestsTo(updateIntegration)).toEqual([])
  })
})

describe('Managing an integration', () => {
  it.each([
    ['Pause', integration(), { paused: true }, 'Paused', 'paused'],
    ['Resume', integration({ status: 'paused' }), { paused: false }, 'Resumed', 'active'],
  ] as const)('%s is sent, said, and shown after the row was loaded again', async (label, row, body, words, status) => {
    serveOne(row)
    await visit(PAGE)
    serve(updateIntegration, { reply: { success: true, integration: integration({ status }) } })
    serve(readIntegration, { reply: { integration: integration({ status }) } })
    await button(label).click()
    await notice(words)
    expect(requestsTo(updateIntegration).map(sent => sent.body)).toEqual([body])
    await expect.element(button(label === 'Pause' ? 'Resume' : 'Pause')).toBeVisible()
  })

  it.each([
    [null, 'Refreshed'],
    ['grant', 'The platform no longer accepts these credentials.'],
    ['configuration', 'Tell your administrator.'],
    ['transient', 'The platform could not be reached, or is busy.'],
    ['ambiguous', 'The platform refused without saying why.'],
  ] as const)('Refreshing by hand says how it went (error class: %s)', async (problem, words) => {
    serveOne(integration())
    await visit(PAGE)
    serve(refreshIntegration, {
      reply: { success: problem === null, integration: integration(), error_class: problem },
    })
    await button('Refresh now').click()
    await notice(new RegExp(words.replace('.', '\\.')))
    expect(requestsTo(refreshIntegration)).toHaveLength(1)
  })

  it.each([
    ['ok', 'The platform accepts the credentials'],
    ['refused', 'The platform refuses the credentials.'],
    ['forbidden', 'no longer covers this account.'],
    ['unreachable', 'Coffer asks again within the hour.'],
  ] as const)('A health check by hand says what the platform answered (%s)', async (outcome, words) => {
    serveOne(integration({ last_check_outcome: null, last_checked_at: null }))
    await visit(PAGE)
    serve(checkIntegration, { reply: { success: outcome === 'ok', integration: integration(), outcome } })
    await button('Check now').click()
    await notice(new RegExp(words.replace('.', '\\.')))
  })

  it('A refusal of the server is said, and nothing else changes', async () => {
    serveOne(integration())
    await visit(PAGE)
    serve(refreshIntegration, { reply: refuse(429, 'too_many_requests', 'Wait a minute before the next refresh.') })
    await button('Refresh now').click()
    await notice('Wait a minute before the next refresh.')
    await expect.element(button('Refresh now')).toBeEnabled()
  })

  it('A notice can be closed', async () => {
    serveOne(integration())
    await visit(PAGE)
    serve(updateIntegration, { reply: { success: true, integration: integration({ status: 'paused' }) } })
    await button('Pause').click()
    await notice('Paused')
    await button('Close').click()
    expect(useNotice().notice.value).toBeNull()
  })

  it('A notice ends with the page that it is about', async () => {
    serveOne(integration())
    await visit(PAGE)
    serve(refreshIntegration, { reply: { success: true, integration: integration(), error_class: null } })
    await button('Refresh now').click()
    await notice('Refreshed')
    serveList([integration()])
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Integrations' }).click()
    await expect.element(page.getByRole('heading', { name: 'Integrations', level: 1 })).toBeVisible()
    expect(useNotice().notice.value).toBeNull()
  })

  it('The history is loaded again after a change', async () => {
    serveOne(integration())
    await visit(PAGE)
    serve(updateIntegration, { reply: { success: true, integration: integration({ status: 'paused' }) } })
    serve(listIntegrationAudit, {
      reply: { entries: [auditEntry({ id: 2, action: 'integration.pause' }), auditEntry()], next_cursor: null },
    })
    await button('Pause').click()
    await expect.element(page.getByRole('listitem').filter({ hasText: 'Paused' })).toBeVisible()
  })

  it('A mailbox is reconnected where its password is entered', async () => {
    serveOne(mailbox({ status: 'needs_reauth' }))
    await visit(PAGE)
    const links = page.getByRole('link', { name: 'Enter the password again' })
    await expect.element(links.first()).toHaveAttribute('href', '/settings/auto-sync')
  })
})

describe('Deleting an integration', () => {
  async function ask(name = 'Analytical Engines') {
    serveOne(integration({ name }))
    await visit(PAGE)
    await button('Delete').click()
    await expect.element(page.getByRole('dialog')).toBeVisible()
  }

  it('A click asks first, and says what will be gone', async () => {
    await ask(LONG_NAME)
    await notice('The stored credentials are erased at once.')
    expect(requestsTo(deleteIntegration)).toEqual([])
    await expectReadable()
  })

  it('Cancel keeps the integration', async () => {
    await ask()
    await button('Cancel').click()
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
    expect(requestsTo(deleteIntegration)).toEqual([])
  })

  it('A confirmed deletion is sent, and the list says what happened to the grant', async () => {
    await ask()
    serve(deleteIntegration, { reply: { success: true, message: 'Deleted', revocation: 'revoked' } })
    serveList([])
    await button('Delete integration').click()
    await notice('Deleted, and access was revoked at the platform.')
    expect(requestsTo(deleteIntegration)).toHaveLength(1)
    expect(useRouter().currentRoute.value.fullPath).toBe('/integrations?deleted=revoked')
  })

  it('A deletion that fails says why in the dialog, and can be tried again', async () => {
    await ask()
    serve(deleteIntegration, { reply: refuse(409, 'conflict', 'A refresh is running. Try again in a minute.') })
    await button('Delete integration').click()
    await expect.element(page.getByRole('alert')).toHaveTextContent('A refresh is running. Try again in a minute.')
    await expect.element(button('Delete integration')).toBeEnabled()
  })
})

it.each([
  [refuse(404, 'not_found', 'This integration does not exist.'), 404],
  [refuse(500, 'internal_error', 'Something went wrong.'), 500],
])('An integration that cannot be loaded ends in the error page (case %#)', async (reply, status) => {
  serveOne(integration())
  serve(readIntegration, { reply })
  const errors: unknown[] = []
  const unhook = useNuxtApp().hook('vue:error', error => void errors.push(error))
  await visit(PAGE)
  unhook()
  expect(errors).toEqual([expect.objectContaining({ status, fatal: true })])
})
