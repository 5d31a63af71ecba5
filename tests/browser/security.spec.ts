import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { launchBrowser, openTab } from '../../rigs/browser.ts'
import { sandboxTo, settled, signUp, violations } from '../../rigs/pages.ts'
import { querySql } from '../../rigs/sql.ts'
import { until } from '../../rigs/wait.ts'

let app: RunningApp
let browser: Browser
beforeAll(async () => {
  ;[app, browser] = await Promise.all([startApp(), launchBrowser()])
})
afterAll(async () => {
  await browser.close()
  await app.stop()
})

describe('what the credentials are for, in a browser', () => {
  let page: Page
  let id: string
  beforeEach(async () => {
    ;({ page } = await openTab(browser, app.url))
    page.setDefaultTimeout(15_000)
    await signUp(page)
    await page.goto('/api/auth/sandbox')
    await sandboxTo(page, 'Allow')
    await page.getByText('is connected').waitFor()
    id = new URL(page.url()).searchParams.get('connected')!
    await page.goto('/sandbox/settings/ada')
    await page.getByLabel('Require a second factor').uncheck()
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('Settings saved.').waitFor()
  })
  const picture = (name: string) =>
    process.env.COFFER_PICTURES
      ? page.screenshot({ path: `${process.env.COFFER_PICTURES}/${name}.png`, fullPage: true })
      : undefined
  const flipSecondFactor = async () => {
    await page.goto('/sandbox/settings/ada')
    await page.getByLabel('Require a second factor').check()
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('Settings saved.').waitFor()
  }
  const finding = () => page.getByRole('listitem').filter({ hasText: 'A second factor is not required' })

  it('A finding is fixed once the setting at the platform is changed, and the score goes up', async () => {
    await page.goto(`/integrations/${id}/security`)
    await settled(page)
    await page.getByText('Not scanned yet').waitFor()
    await picture('security-empty')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Scan now' }).click()
    await page.getByRole('heading', { name: 'Findings' }).waitFor()
    await finding().waitFor()
    await finding().locator('summary').click()
    await finding().getByText('Turn on "Require a second factor"').waitFor()
    expect(await finding().getByRole('link').getAttribute('href')).toBe(`${app.url}/sandbox/settings`)
    await settled(page)
    await picture('security-found')
    expect(await violations(page)).toEqual([])
    await page.goto((await finding().getByRole('link').getAttribute('href')) ?? '')
    await page.getByRole('heading', { name: 'Settings of Analytical Engines' }).waitFor()
    await page.goto(`/integrations/${id}/security`)
    await settled(page)
    const before = Number(
      /\d+/.exec(
        (await page
          .getByText(/^\d+ of 100/)
          .first()
          .textContent()) ?? '',
      )?.[0],
    )

    await flipSecondFactor()
    await picture('sandbox-settings')
    expect(await violations(page)).toEqual([])
    await page.goto(`/integrations/${id}/security`)
    await settled(page)
    await page.getByRole('button', { name: 'Scan now' }).click()
    await page.getByRole('heading', { name: 'Fixed since the previous scan' }).waitFor()
    expect(
      await page
        .getByRole('listitem')
        .filter({ hasText: 'A second factor is not required' })
        .getByText('Fixed', { exact: true })
        .count(),
    ).toBe(1)
    const after = Number(
      /\d+/.exec(
        (await page
          .getByText(/^\d+ of 100/)
          .first()
          .textContent()) ?? '',
      )?.[0],
    )
    expect(after).toBe(before + 20)
    await settled(page)
    await picture('security-fixed')
    expect(await page.getByRole('img', { name: /Score over time/ }).count()).toBe(1)

    await page.goto('/assessments')
    await page.getByRole('link', { name: /Analytical Engines/ }).waitFor()
    await settled(page)
    await picture('security-overview')
    expect(await violations(page)).toEqual([])
    const sarif = await page.evaluate<{ version: string, runs: { results: { baselineState: string }[] }[] }>(
      `fetch('/api/assessments').then(r => r.json())
        .then(({ assessments }) => fetch('/api/assessments/' + assessments[0].id + '/export?format=sarif'))
        .then(r => r.json())`,
    )
    expect(sarif.version).toBe('2.1.0')
    expect(sarif.runs[0]!.results.map(({ baselineState }) => baselineState)).toContain('absent')
  })

  it('A scan schedule is set in words, its next times are shown, and it is kept', async () => {
    await page.goto(`/integrations/${id}/security`)
    await settled(page)
    await page.getByRole('combobox', { name: 'How often' }).click()
    await page.getByRole('option', { name: 'Every week' }).click()
    await page.getByLabel('At', { exact: true }).fill('04:30')
    await page.getByLabel('Time zone').fill('Europe/Berl')
    await page.getByText('time zone that does not exist').waitFor()
    await page.getByLabel('Time zone').fill('Europe/Berlin')
    await page.getByText('Every Monday at 04:30 (Europe/Berlin).').waitFor()
    expect(await page.getByText('The next three times:').locator('..').getByRole('listitem').allTextContents()).toEqual(
      [
        expect.stringMatching(/^Mon.*04:30$/),
        expect.stringMatching(/^Mon.*04:30$/),
        expect.stringMatching(/^Mon.*04:30$/),
      ],
    )
    await picture('schedule')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Save the schedule' }).click()
    await page.getByText('Schedule saved').waitFor()
    expect(
      await querySql(
        app.sqlPort,
        `select scan_schedule, next_check_at > now() as planned from integrations where id = '${id}'`,
      ),
    ).toEqual([{ scan_schedule: 'CRON_TZ=Europe/Berlin 30 4 * * 1', planned: true }])
    await page.getByRole('combobox', { name: 'How often' }).click()
    await page.getByRole('option', { name: 'Cron expression' }).click()
    await page.getByRole('textbox', { name: 'Cron expression' }).fill('*/5 * * * *')
    await page.getByText('more often than every 15 minutes').waitFor()
    expect(await page.getByRole('button', { name: 'Save the schedule' }).isDisabled()).toBe(true)
  })

  it('A webhook is made here and entered there, and then a changed setting is found without a click', async () => {
    await page.goto(`/integrations/${id}/security`)
    await settled(page)
    await page.getByRole('button', { name: 'Create webhook' }).click()
    const secret = await page.getByLabel('Secret').inputValue()
    const address = await page.getByLabel('Address').inputValue()
    await settled(page)
    await picture('webhook')
    expect(await violations(page)).toEqual([])
    await page.goto('/sandbox/settings/ada')
    await page.getByLabel('Address').fill('http://127.0.0.1:1/elsewhere')
    await page.getByLabel('Secret').fill(secret)
    await page.getByRole('button', { name: 'Save webhook' }).click()
    await page.getByText('must be one of this installation').waitFor()
    await page.getByLabel('Address').fill(address)
    await page.getByLabel('Secret').fill(secret)
    await page.getByRole('button', { name: 'Save webhook' }).click()
    await page.getByText('Webhook saved.').waitFor()
    await flipSecondFactor()
    await page.getByText('answered 202').waitFor()
    await until(
      'the scan',
      async () =>
        (
          await querySql(
            app.sqlPort,
            `select 1 from assessments where integration_id = '${id}' and status = 'completed' and cause = 'webhook'`,
          )
        ).length,
    )
    await page.goto(`/integrations/${id}/security`)
    await page.getByText('Scan after a webhook').first().waitFor()
    expect(await page.getByLabel('Secret').count()).toBe(0)
    expect((await page.content()).includes(secret)).toBe(false)
  })

  it('Polled data can be fetched and browsed, one kind can be turned off, and all can be deleted', async () => {
    await page.goto(`/integrations/${id}/data`)
    await settled(page)
    await page.getByText('Nothing yet.').waitFor()
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText('Synced', { exact: true }).waitFor()
    await page.getByText('34 items').waitFor()
    await page.getByText(/12[0-9] items/).waitFor()
    await page.getByRole('combobox', { name: 'Source' }).click()
    await page.getByRole('option', { name: 'Projects' }).click()
    const project = page
      .getByRole('listitem')
      .filter({ hasText: /^Project \d+/ })
      .first()
    await project.locator('summary').click()
    await project.getByText('"created_at"').waitFor()
    await settled(page)
    await picture('data')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Show more' }).click()
    await until(
      'all of them',
      async () =>
        (await page
          .getByRole('listitem')
          .filter({ hasText: /^Project \d+/ })
          .count()) === 34,
    )
    await page.getByRole('switch', { name: 'Projects' }).click()
    await page.getByText('Projects is no longer synced').waitFor()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('button', { name: 'Delete all of Projects' }).click()
    await page.getByText('34 items deleted').waitFor()
    await page.getByLabel('Days').fill('0')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Enter at least one day').waitFor()
    await page.getByLabel('Days').fill('30')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Events are kept for 30 days').waitFor()
    await page.goto(`/integrations/${id}`)
    await page.getByRole('listitem').filter({ hasText: 'Synced data deleted' }).waitFor()
    await settled(page)
    await picture('overview-page')
    expect(await violations(page)).toEqual([])
  })

  it('The audit log page shows what happened, has its filters in its address, and is exported', async () => {
    await page.goto(`/integrations/${id}`)
    await settled(page)
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByText('The platform accepts the credentials').first().waitFor()
    await page.goto('/audit')
    await settled(page)
    await page.getByRole('listitem').filter({ hasText: 'Credentials opened for a health check' }).waitFor()
    await picture('audit')
    expect(await violations(page)).toEqual([])
    await page.getByRole('combobox', { name: 'Action' }).click()
    await page.getByRole('option', { name: 'Members' }).click()
    await page.waitForURL(/action=member/)
    await page.getByRole('listitem').filter({ hasText: 'Member added' }).waitFor()
    expect(await page.getByRole('listitem').filter({ hasText: 'Health checked' }).count()).toBe(0)
    await page.reload()
    await page.getByRole('listitem').filter({ hasText: 'Member added' }).waitFor()
    expect(await page.getByRole('link', { name: 'Export CSV' }).getAttribute('href')).toContain('action=member')
    await page.getByLabel('From').fill('2030-01-01')
    await page.getByLabel('From').blur()
    await page.getByText('No matches').waitFor()
    await page.goBack()
    await page.getByRole('listitem').filter({ hasText: 'Member added' }).waitFor()
    await querySql(app.sqlPort, 'update encryption_keys set first_used_at = now() - interval \'100 days\'')
    await page.goto('/audit')
    await page.getByText('in use for 100 days').waitFor()
    await querySql(app.sqlPort, 'update encryption_keys set first_used_at = now()')
  })

  it('A person\'s own OAuth app is entered, shown without its secret, and removed', async () => {
    await page.goto('/connect')
    await page.getByRole('link', { name: 'Use your own OAuth apps' }).click()
    await page.getByRole('heading', { name: 'OAuth apps' }).waitFor()
    await page.getByRole('button', { name: 'Enter your own app for GitHub' }).click()
    await page.getByText('/api/auth/callback/github').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Enter the client secret').waitFor()
    await page.getByLabel('Client id').fill('my-github-app')
    await page.getByLabel('Client secret').fill('my github secret')
    await settled(page)
    await picture('oauth-apps')
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Your own: my-github-app').waitFor()
    expect((await page.content()).includes('my github secret')).toBe(false)
    await page.goto('/connect')
    await page.getByRole('link', { name: 'Connect GitHub' }).waitFor()
    await page.goto('/settings/oauth-apps')
    await page.getByRole('button', { name: 'Remove the app for GitHub' }).click()
    await page.getByText('Removed. Reconnect the integrations').waitFor()
  })

  it('The security, data, audit and settings pages fit a phone in dark mode without a violation', async () => {
    await querySql(app.sqlPort, 'select 1')
    await page.setViewportSize({ width: 360, height: 780 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(`/integrations/${id}/security`)
    await settled(page)
    await page.getByRole('button', { name: 'Scan now' }).click()
    await finding().waitFor()
    await settled(page)
    await picture('security-phone')
    expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    expect(await violations(page)).toEqual([])
    await page.goto(`/integrations/${id}/data`)
    await settled(page)
    await picture('data-phone')
    for (const path of ['/audit', '/settings/oauth-apps', '/assessments']) {
      await page.goto(path)
      await settled(page)
      await picture(`phone${path.replaceAll('/', '-')}`)
      expect([path, await page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth')]).toEqual(
        [path, true],
      )
      expect(await violations(page)).toEqual([])
    }
    await page.goto(`/integrations/${id}/data`)
    expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    expect(await violations(page)).toEqual([])
  })
})
