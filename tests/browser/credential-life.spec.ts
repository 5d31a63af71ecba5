import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { launchBrowser, openTab } from '../../rigs/browser.ts'
import { sandboxTo, settled, signUp, violations } from '../../rigs/pages.ts'
import { querySql } from '../../rigs/sql.ts'

let app: RunningApp
let browser: Browser
beforeAll(async () => {
  ;[app, browser] = await Promise.all([startApp(), launchBrowser()])
})
afterAll(async () => {
  await browser.close()
  await app.stop()
})

describe('the life of a credential in a browser', () => {
  let page: Page
  let id: string
  beforeEach(async () => {
    ;({ page } = await openTab(browser, app.url))
    await signUp(page)
    await page.goto('/api/auth/sandbox')
    await sandboxTo(page, 'Allow')
    await page.getByText('is connected').waitFor()
    id = new URL(page.url()).searchParams.get('connected')!
  })
  const change = (columns: string) => querySql(app.sqlPort, `update integrations set ${columns} where id = '${id}'`)
  const changeState = (columns: string) =>
    querySql(app.sqlPort, `update credential_state set ${columns} where integration_id = '${id}'`)
  const picture = (name: string) =>
    process.env.COFFER_PICTURES
      ? page.screenshot({ path: `${process.env.COFFER_PICTURES}/${name}.png`, fullPage: true })
      : undefined

  it('The button Check now asks the platform, shows what it said, and records it', async () => {
    await page.goto(`/integrations/${id}`)
    await settled(page)
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByText('The platform accepts the credentials').first().waitFor()
    await page.getByRole('listitem').filter({ hasText: 'Health checked' }).waitFor()
    await page.getByText('Last health check').waitFor()
    await picture('checked')
    expect(await violations(page)).toEqual([])
  })

  it('A grant that ends soon warns on the list, on its card and on its page, each with the way out', async () => {
    await changeState('consented_at = now() - interval \'170 days\', grant_ends_at = now() + interval \'12 days\'')
    await page.goto('/integrations')
    await page.getByText('needs attention').waitFor()
    await page.getByText('Reconnect by').waitFor()
    await picture('ends-soon-list')
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Show details' }).click()
    await page.getByText('This grant ends soon').waitFor()
    await picture('ends-soon')
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Reconnect' }).first().click()
    await sandboxTo(page, 'Allow')
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await page.getByText('Reconnected').first().waitFor()
    expect(await page.getByText('This grant ends soon').count()).toBe(0)
    expect(await querySql(app.sqlPort, `select count(*)::int as n from integrations where id = '${id}'`)).toEqual([
      { n: 1 },
    ])
  })

  it('A change from elsewhere appears without a reload, on the list and on the page', async () => {
    await page.goto('/integrations')
    await settled(page)
    await page.clock.install()
    await page.goto('/integrations')
    await page.getByRole('listitem').filter({ hasText: 'Active' }).first().waitFor()
    await changeState('next_refresh_at = null')
    await change('status = \'needs_reauth\', status_reason = \'refresh_expired\'')
    await page.clock.runFor(11_000)
    await page.getByText('The grant has reached the age at which the platform ends it').waitFor()
    await picture('needs-reauth-list')
    await page.getByRole('link', { name: 'Show details' }).click()
    await page.getByText('This account has to be reconnected').waitFor()
    await picture('needs-reauth')
    await change('status = \'active\', status_reason = null')
    await page.clock.runFor(11_000)
    await page.getByText('No problems found.').waitFor()
  })
})
