import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { launchBrowser, openTab } from '../../rigs/browser.ts'
import { hasDovecot, startDovecot, type MailServer } from '../../rigs/dovecot.ts'
import { settled, signUp, violations } from '../../rigs/pages.ts'

const picture = (page: Page, name: string) =>
  process.env.COFFER_PICTURES
    ? page.screenshot({ path: `${process.env.COFFER_PICTURES}/${name}.png`, fullPage: true })
    : undefined

const mail = (n: number) => [
  `Message-ID: <${n}@x.example>`,
  'From: Bob <bob@x.example>',
  `Subject: Plan ${n}`,
  'Date: Mon, 02 Nov 2026 10:00:00 +0000',
  '',
  `We decided to ship. Please send the invoice over EUR ${n}00.50 by 12 December 2026.`,
  `https://x.example/plan/${n}`,
  '',
].join('\r\n')

describe.skipIf(!hasDovecot)('mail import in a browser', () => {
  let app: RunningApp
  let browser: Browser
  let mails: MailServer
  beforeAll(async () => {
    ;[mails, browser] = await Promise.all([startDovecot(), launchBrowser()])
    await mails.setPassword('ann', 'an app password')
    await mails.deliver('ann', [1, 2, 3].map(mail))
    app = await startApp({ env: { COFFER_ALLOW_PRIVATE_MAIL_HOSTS: 'true', NODE_EXTRA_CA_CERTS: mails.certificate } })
  })
  afterAll(async () => {
    await browser.close()
    await app.stop()
    await mails.remove()
  })

  it('A mailbox is tested and saved, mail is imported and searched, and the import is ended', async () => {
    const { page, problems } = await openTab(browser, app.url)
    await signUp(page)
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { name: 'Mail import' }).waitFor()
    await settled(page)
    await picture(page, 'sync-empty')
    expect(await violations(page)).toEqual([])
    await page.getByRole('switch', { name: 'Import new mail automatically' }).click()
    await page.getByRole('button', { name: 'Test the mailbox and save' }).click()
    await page.getByText('Enter the name of a server').waitFor()
    await page.getByText('Enter a password').waitFor()
    await page.getByLabel('Mail server').fill('localhost')
    await page.getByLabel('Port', { exact: true }).fill(String(mails.ports.implicit))
    await page.getByLabel('User name').fill('ann')
    await page.getByLabel('App password').fill('wrong')
    await page.getByRole('button', { name: 'Test the mailbox and save' }).click()
    await page.getByText('The mail server refuses this password').first().waitFor()
    await picture(page, 'sync-refused')
    expect(await violations(page)).toEqual([])
    await page.getByLabel('App password').fill('an app password')
    await page.getByRole('button', { name: 'Test the mailbox and save' }).click()
    await page.getByText('Mail import is on').waitFor()
    await page.getByRole('button', { name: 'Import now' }).click()
    await page.getByText('3 new mails').first().waitFor()
    await page.getByText('https://x.example/plan/1').waitFor()
    await settled(page)
    await picture(page, 'sync-done')
    expect(await violations(page)).toEqual([])
    await page.setViewportSize({ width: 360, height: 800 })
    await settled(page)
    await picture(page, 'sync-phone')
    expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.getByRole('link', { name: 'ann', exact: true }).click()
    await page.getByText('Mailbox (IMAP)').first().waitFor()
    await settled(page)
    await picture(page, 'sync-mailbox')
    expect(await violations(page)).toEqual([])
    await page.goto('/settings/auto-sync')
    await page.getByRole('button', { name: 'End mail import' }).click()
    await page.getByText('Mail import has ended').waitFor()
    expect(problems.filter(problem => !problem.includes('status of 422'))).toEqual([])
  })
})
