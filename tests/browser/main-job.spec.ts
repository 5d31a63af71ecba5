import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { launchBrowser, openTab } from '../../rigs/browser.ts'
import { sandboxTo, settled, signUp, violations } from '../../rigs/pages.ts'

let app: RunningApp
let browser: Browser

beforeAll(async () => {
  ;[app, browser] = await Promise.all([startApp(), launchBrowser()])
})
afterAll(async () => {
  await browser.close()
  await app.stop()
})

/** The 400 of a refused callback is what we ask for; everything else on the console is a defect. */
const unexpected = (problems: string[]) =>
  problems.filter(
    problem =>
      !(problem.includes('status of 400') && problem.includes('/api/auth/callback/')) &&
      !problem.includes('status of 404'),
  )

describe('the main job in a browser', () => {
  it('A person can sign up, deny once, connect, rename, refresh, reconnect, pause and delete', async () => {
    const { page, context, problems } = await openTab(browser, app.url)
    await signUp(page)
    await page.getByRole('link', { name: 'Connect an account' }).first().click()
    await page.getByRole('link', { name: 'Connect Sandbox' }).click()
    await sandboxTo(page, 'Deny')
    await page.getByRole('heading', { name: 'Access was not granted' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/connect/outcome')

    await page.getByRole('link', { name: 'Try again' }).click()
    await sandboxTo(page, 'Allow')
    await page.getByText('“Analytical Engines (Ada Lovelace)” is connected').waitFor()
    expect(page.url()).not.toMatch(/code=|state=/)

    await page.getByRole('link', { name: 'Analytical Engines (Ada Lovelace)' }).click()
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('Name').fill('Ada’s workspace')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Ada’s workspace' }).waitFor()

    await page.getByRole('button', { name: 'Refresh now' }).click()
    await page.getByText('Refreshed').first().waitFor()
    await page.getByRole('link', { name: 'Reconnect' }).click()
    await sandboxTo(page, 'Allow')
    await page.getByRole('heading', { name: 'Ada’s workspace' }).waitFor()
    await page.getByText('Reconnected').waitFor()
    await page.reload()
    await settled(page)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Nothing uses the credentials until you resume.').waitFor()

    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete “Ada’s workspace”?' })
    await dialog.getByText('Everything that uses this account stops working').waitFor()
    await dialog.getByRole('button', { name: 'Delete integration' }).click()
    await page.getByText('Deleted, and access was revoked at the platform.').waitFor()
    await page.getByRole('heading', { name: 'Nothing connected yet' }).waitFor()
    expect(unexpected(problems)).toEqual([])
    await context.close()
  })

  it('A replayed callback URL connects nothing, neither in a second browser nor in the first', async () => {
    const first = await openTab(browser, app.url)
    await signUp(first.page)
    let callback = ''
    first.page.on('request', (request) => {
      if (request.url().includes('/api/auth/callback/')) callback = request.url()
    })
    await first.page.goto('/connect')
    await first.page.getByRole('link', { name: 'Connect Sandbox' }).click()
    await sandboxTo(first.page, 'Allow')
    await first.page.getByText('is connected').waitFor()

    const second = await openTab(browser, app.url)
    await second.page.goto(callback)
    await second.page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await signUp(second.page)
    await second.page.goto(callback)
    await second.page.getByRole('heading', { name: 'This link was already used' }).waitFor()
    await second.page.goto('/integrations')
    await second.page.getByRole('heading', { name: 'Nothing connected yet' }).waitFor()

    await first.page.goto(callback)
    await first.page.getByRole('heading', { name: 'This link was already used' }).waitFor()
    await first.page.getByRole('link', { name: 'Your integrations' }).click()
    await first.page.getByRole('link', { name: 'Analytical Engines (Ada Lovelace)' }).waitFor()
    await Promise.all([first.context.close(), second.context.close()])
  })

  it('The main job works by keyboard alone', async () => {
    const { page, context, problems } = await openTab(browser, app.url)
    await page.goto('/sign-in')
    await settled(page)
    const tabTo = async (name: string | RegExp, role: 'button' | 'link' | 'textbox' = 'button') => {
      const target = page.getByRole(role, { name }).first()
      await target.waitFor()
      for (let presses = 0; presses < 40; presses++) {
        if (await target.evaluate(element => element.matches(':focus'))) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`Tab never reaches ${name}`)
    }
    await tabTo('Create an account')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Create account' }).waitFor()
    await page.getByLabel('E-mail address').focus()
    await page.keyboard.type(`${crypto.randomUUID()}@example.com`)
    await page.keyboard.press('Tab')
    await page.keyboard.type('correct horse battery')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Nothing connected yet' }).waitFor()
    await tabTo('Connect an account', 'link')
    await page.keyboard.press('Enter')
    await tabTo('Connect Sandbox', 'link')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Sign in to the sandbox' }).waitFor()
    await tabTo('Sign in')
    await page.keyboard.press('Enter')
    await tabTo('Allow')
    await page.keyboard.press('Enter')
    await page.getByText('is connected').waitFor()
    await settled(page)
    await tabTo('Analytical Engines (Ada Lovelace)', 'link')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await tabTo('Delete')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    // Focus is in the dialog, stays there, and Escape brings it back.
    for (let presses = 0; presses < 8; presses++) {
      await page.keyboard.press('Tab')
      expect(
        await page.evaluate<boolean>('document.querySelector("[role=dialog]").contains(document.activeElement)'),
      ).toBe(true)
    }
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await tabTo('Delete')
    await page.keyboard.press('Enter')
    await tabTo('Delete integration')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Nothing connected yet' }).waitFor()
    expect(unexpected(problems)).toEqual([])
    await context.close()
  })
})

it.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const)('Every page in %s mode at %i px has no axe violation, sideways scrolling or console error',
  async (colorScheme, width) => {
    const { page, context, problems } = await openTab(browser, app.url, {
      colorScheme,
      viewport: { width, height: 800 },
    })
    const check = async (what: string) => {
      await settled(page)
      expect(await violations(page), what).toEqual([])
      expect(
        await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        `${what} scrolls sideways`,
      ).toBeLessThanOrEqual(0)
    }
    await page.goto('/sign-in')
    await check('sign in')
    await signUp(page)
    await check('no integrations')
    await page.goto('/integrations?status=paused')
    await page.getByRole('heading', { name: 'No matches' }).waitFor()
    await check('nothing matches')
    await page.goto('/connect')
    await settled(page)
    await page.getByRole('button', { name: 'Setup required for GitHub: show how' }).click()
    await page.getByText('OAUTH_GITHUB_CLIENT_SECRET').waitFor()
    await check('connect')
    await page.getByRole('link', { name: 'Connect Sandbox' }).click()
    await check('the sandbox\'s sign-in')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await check('the sandbox\'s consent')
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('is connected').waitFor()
    await check('integrations')
    await page.getByRole('link', { name: 'Analytical Engines (Ada Lovelace)' }).click()
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await check('one integration')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('dialog').waitFor()
    await check('the delete dialog')
    for (const reason of ['denied', 'expired', 'used', 'wrong_browser']) {
      await page.goto(`/connect/outcome?reason=${reason}&provider=sandbox`)
      await check(`outcome ${reason}`)
    }
    await page.goto(`/connect/choose/${crypto.randomUUID()}`)
    await page.getByRole('heading', { name: 'This choice has expired' }).waitFor()
    await check('a choice that is over')
    await page.goto('/settings')
    await page.getByLabel('App password').waitFor()
    await check('mail import')
    await page.goto('/reference')
    await check('reference')
    await page.goto('/nothing-here')
    await check('not found')
    expect(unexpected(problems)).toEqual([])
    await context.close()
  },
)
