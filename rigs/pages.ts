import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { until } from './wait.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The violations of WCAG 2.2 A and AA that axe finds on the page. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  // As text, because this project's types do not know the page's globals.
  return await page.evaluate<string[]>(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map(({ id, nodes }) => {
        const places = nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))
        return id + ': ' + places.join(' | ')
      }))`)
}

export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  // A dialog that is still fading in has other colors.
  await until('animations to end', () =>
    page.evaluate<boolean>('document.getAnimations().every(({ playState }) => playState !== "running")'),
  )
}

export async function signUp(page: Page, email = `${crypto.randomUUID()}@example.com`): Promise<void> {
  await page.goto('/')
  await settled(page)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('heading', { name: 'Nothing connected yet' }).waitFor()
}

export async function sandboxTo(page: Page, answer: 'Allow' | 'Deny'): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: answer }).click()
}
