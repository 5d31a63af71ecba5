import { describe, expect, it } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { readChoice, submitChoice } from '#shared/contracts/connect'
import { createAccount, createSession, deleteSession, readSession } from '#shared/contracts/session'
import { readOpenApi } from '#shared/contracts/system'
import { openApiDocument } from '#shared/openapi'
import ErrorPage from '~/error.vue'
import { serveList, serveProviders } from '../cases/pages.ts'
import { ID, refuse, requestsTo, serve } from '../support/api.ts'
import { choice, integration, LONG_NAME, nthId, session, USER_ID } from '../support/fixtures.ts'
import { expectReadable, show, visit, visitSignedOut } from '../support/show.ts'

const button = (name: string) => page.getByRole('button', { name, exact: true })
const notice = (words: string | RegExp) => expect.element(page.getByText(words).first()).toBeVisible()
const address = () => useRouter().currentRoute.value.fullPath
const user = { id: USER_ID, email: 'ada@example.com' }

describe('Signing in', () => {
  async function enter(email: string, password: string) {
    await page.getByLabelText('E-mail address').fill(email)
    await page.getByLabelText('Password').fill(password)
  }

  it('A person who is not signed in is asked to sign in, and then led to the page they wanted', async () => {
    await visitSignedOut('/integrations?status=paused')
    await expect.element(page.getByRole('heading', { name: 'Sign in to Coffer' })).toBeVisible()
    await enter('ada@example.com', 'correct horse battery')
    serve(createSession, { reply: { success: true, user } })
    serve(readSession, { reply: session() })
    serveList([integration()])
    await button('Sign in').click()
    await expect.element(page.getByRole('link', { name: 'Analytical Engines' })).toBeVisible()
    expect(address()).toBe('/integrations?status=paused')
    expect(requestsTo(createSession).map(({ body }) => body)).toEqual([
      { email: 'ada@example.com', password: 'correct horse battery' },
    ])
  })

  it.each(['https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example'])(
    'Signing in does not lead to another site (%s)',
    async (elsewhere) => {
      await visitSignedOut(`/sign-in?return_to=${encodeURIComponent(elsewhere)}`)
      await enter('ada@example.com', 'correct horse battery')
      serve(createSession, { reply: { success: true, user } })
      serve(readSession, { reply: session() })
      serveList([])
      await button('Sign in').click()
      await expect.element(page.getByRole('heading', { name: 'Nothing connected yet' })).toBeVisible()
      expect(address()).toBe('/integrations')
    },
  )

  it('Wrong credentials are said, and the address stays in the form', async () => {
    await visitSignedOut('/sign-in')
    await enter('ada@example.com', 'wrong')
    serve(createSession, { reply: refuse(401, 'wrong_credentials', 'The address or the password is wrong.') })
    await button('Sign in').click()
    await expect.element(page.getByRole('alert')).toHaveTextContent('The address or the password is wrong.')
    await expect.element(page.getByLabelText('E-mail address')).toHaveValue('ada@example.com')
    await expectReadable()
  })

  it('An empty form is refused, without a request', async () => {
    await visitSignedOut('/sign-in')
    await button('Sign in').click()
    await expect.element(page.getByLabelText('E-mail address')).toHaveAttribute('aria-invalid', 'true')
    expect(requestsTo(createSession)).toEqual([])
    await expectReadable()
  })

  it('A new account can be created, and says when the address has to be confirmed', async () => {
    await visitSignedOut('/sign-in')
    await button('Create an account').click()
    await notice('At least 10 characters')
    await enter('ada@example.com', 'short')
    await button('Create account').click()
    await expect.element(page.getByLabelText('Password')).toHaveAttribute('aria-invalid', 'true')
    expect(requestsTo(createAccount)).toEqual([])
    await enter('ada@example.com', 'correct horse battery')
    serve(createAccount, { reply: { success: true, user, confirmation_needed: true } })
    await button('Create account').click()
    await notice(/Confirm your address with the link in your mailbox/)
    await expect.element(page.getByRole('heading', { name: 'Sign in to Coffer' })).toBeVisible()
  })
})

describe('The frame of all pages', () => {
  it('A signed-in person sees their address, every area, and the current one marked', async () => {
    serveList([integration()])
    await visit('/integrations')
    await notice('ada@example.com')
    const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
    expect(links.elements().map(link => link.textContent?.trim()))
      .toEqual(['Integrations', 'Connect', 'Security', 'Audit', 'Settings', 'API'])
    await expect.element(links.first()).toHaveAttribute('aria-current', 'page')
  })

  it('The first stop of the keyboard leads past the navigation', async () => {
    serveList([integration()])
    await visit('/integrations')
    await userEvent.tab()
    await expect.element(page.getByRole('link', { name: 'Skip to content' })).toHaveFocus()
  })

  it('On a narrow screen, a button opens the menu, which says that it is open', async () => {
    serveList([integration()])
    await page.viewport(360, 800)
    await visit('/integrations')
    await button('Open the menu').click()
    await expect.element(button('Close the menu')).toHaveAttribute('aria-expanded', 'true')
    const menu = page.getByRole('navigation', { name: 'Main' })
    await expect.element(menu.getByRole('link', { name: 'Audit' })).toBeVisible()
    await expectReadable()
  })

  it('The menu closes when it has led to another page', async () => {
    serveList([integration()])
    serveProviders()
    await page.viewport(360, 800)
    await visit('/integrations')
    await button('Open the menu').click()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Connect' }).click()
    await expect.element(page.getByRole('heading', { name: 'Connect an account' })).toBeVisible()
    await expect.element(button('Open the menu')).toBeVisible()
  })

  it('Signing out ends the session and leads to the sign-in page', async () => {
    serveList([integration()])
    await visit('/integrations')
    serve(deleteSession, { reply: { success: true } })
    await button('Sign out').click()
    await expect.element(page.getByRole('heading', { name: 'Sign in to Coffer' })).toBeVisible()
    expect(requestsTo(deleteSession)).toHaveLength(1)
  })

  it('The reference of the API needs no session, and offers nothing that does', async () => {
    serve(readOpenApi, { reply: openApiDocument('http://localhost:3000') })
    await visitSignedOut('/reference')
    const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
    await expect.element(links.first()).toHaveTextContent('API')
    expect(links.elements()).toHaveLength(1)
    await expect.element(button('Sign out')).not.toBeInTheDocument()
  })

  it('A long e-mail address does not widen the frame', async () => {
    serveList([integration()])
    await visit('/integrations')
    serve(readSession, { reply: session({ user: { id: USER_ID, email: `${LONG_NAME}@example.com` } }) })
    await useSession().load()
    await expectReadable()
  })
})

describe('The error page', () => {
  it.each([
    [404, 'Page not found'],
    [500, 'Something went wrong'],
  ])('It says what happened, and leads back (status %i)', async (status, title) => {
    await show(ErrorPage, { props: { error: createError({ status, statusText: LONG_NAME }) }, whole: true })
    await expect.element(page.getByRole('heading', { name: title, level: 1 })).toBeVisible()
    await expect.element(button('Back to integrations')).toBeVisible()
    await expectReadable()
  })
})

describe('Connecting an account', () => {
  it('A platform that is not set up says what to do, and can be closed again', async () => {
    serveProviders()
    await visit('/connect')
    const toggle = page.getByRole('button', { name: 'Setup required for Spotify: show how' })
    await toggle.click()
    await notice('OAUTH_SPOTIFY_CLIENT_ID')
    await expect.element(toggle).toHaveAttribute('aria-expanded', 'true')
    await expectReadable()
    await page.viewport(1280, 800)
    await toggle.click()
    await expect.element(page.getByText('OAUTH_SPOTIFY_CLIENT_ID')).not.toBeInTheDocument()
  })

  it('Platforms that can be connected now come first, and a click leaves for the platform', async () => {
    serveProviders()
    await visit('/connect')
    expect(page.getByRole('heading', { level: 2 }).elements().map(({ textContent }) => textContent?.trim()))
      .toEqual(['GitHub', 'Spotify'])
    await expect.element(page.getByRole('link', { name: 'Connect GitHub' }))
      .toHaveAttribute('href', '/api/auth/github?return_to=%2Fintegrations')
  })

  it('The accounts that are picked are sent, and the page leads to where the person came from', async () => {
    serve(readChoice, { reply: choice() })
    await visit(`/connect/choose/${ID}`)
    await page.getByRole('checkbox', { name: /Analytical Engines/ }).click()
    serve(submitChoice, {
      reply: {
        success: true,
        integrations: [{ id: nthId(1), reconnected: false }, { id: nthId(2), reconnected: true }],
        return_to: '/integrations',
      },
    })
    serveList([integration()])
    await button('Connect 2').click()
    await notice('2 connected')
    await expect.element(page.getByRole('link', { name: 'Analytical Engines' })).toBeVisible()
    expect(requestsTo(submitChoice)[0]?.body).toEqual({ accounts: expect.arrayContaining(['a1', 'a2']) })
  })

  it('A choice that is refused says why and can be sent again', async () => {
    serve(readChoice, { reply: choice() })
    await visit(`/connect/choose/${ID}`)
    serve(submitChoice, { reply: refuse(409, 'conflict', 'One of these accounts was connected meanwhile.') })
    await button('Connect 1').click()
    await expect.element(page.getByRole('alert')).toHaveTextContent('One of these accounts was connected meanwhile.')
    await expectReadable()
  })

  it('A signed-out person is led to sign in after a connection failed', async () => {
    await visitSignedOut('/connect/outcome?reason=signed_out')
    await expect.element(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
    const link = page.getByRole('link', { name: 'Sign in' })
    await expect.element(link).toHaveAttribute('href', '/sign-in?return_to=/connect')
  })
})
