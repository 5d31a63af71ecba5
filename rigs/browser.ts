import { existsSync } from 'node:fs'
import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser, type BrowserContext, type Page } from 'playwright-core'

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How Playwright starts a browser: Chromium from the npm registry; otherwise an installed one. */
export async function chromiumOptions(): Promise<{ executablePath?: string, args: string[] }> {
  const own = chromium.args.filter(arg => !arg.startsWith('--single-process') && !arg.startsWith('--headless'))
  try {
    return { executablePath: await chromium.executablePath(), args: [...own, ...ARGUMENTS] }
  } catch {
    const executablePath = INSTALLED.find(existsSync)
    return { ...(executablePath ? { executablePath } : {}), args: ARGUMENTS }
  }
}

/** A headless browser. */
export async function launchBrowser(): Promise<Browser> {
  const options = await chromiumOptions()
  try {
    return await playwright.launch({ ...options, headless: true })
  } catch (error) {
    // The packaged binary needs system libraries that an installed browser may do without.
    const executablePath = INSTALLED.find(existsSync)
    if (!executablePath) throw error
    return await playwright.launch({ executablePath, args: ARGUMENTS, headless: true })
  }
}

export interface Tab {
  context: BrowserContext
  page: Page
  problems: string[]
}

/**
 * A browser of its own: cookies apart from every other. What a page must never do, it collects in `problems`: console
 * errors, content policy violations, failed requests, requests to another origin.
 */
export async function openTab(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Tab> {
  const context = await browser.newContext({ baseURL: url, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || /hydration|content security policy/i.test(message.text()))
      problems.push(`console: ${message.text()} (${page.url()})`)
  })
  page.on('pageerror', error => problems.push(`page error: ${error.message} (${page.url()})`))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      problems.push(`foreign request: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} ${response.url()}`)
  })
  return { context, page, problems }
}
