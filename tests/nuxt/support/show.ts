import { render } from '@nuxt/test-utils/browser'
import axe from 'axe-core'
import { expect } from 'vitest'
import { page } from 'vitest/browser'
import type { Component } from 'vue'
import { readSession } from '#shared/contracts/session'
import App from '~/app.vue'
import { serve } from './api.ts'
import { session } from './fixtures.ts'

export const THEMES = ['light', 'dark'] as const

const ALL_RULES: axe.RunOnly = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}
// What a second theme can change.
const COLOR_RULES: axe.RunOnly = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

interface Shown {
  props?: Record<string, unknown>
  slots?: Record<string, () => unknown>
  route?: string
  /** The element around it: a list item needs a list. */
  within?: 'div' | 'ul'
  /** A page or a layout brings its own landmarks and heading. */
  whole?: boolean
}

/** A component as part of a page: below a heading, in the main landmark. */
export async function show(component: Component, { within = 'div', whole = false, ...options }: Shown = {}) {
  const container = document.createElement(within)
  if (whole) document.body.append(container)
  else {
    const main = document.createElement('main')
    main.innerHTML = '<h1>A page</h1>'
    main.append(container)
    document.body.append(main)
  }
  return await render(component, { route: '/reference', ...options, container })
}

/** The app at an address: layout, middleware and page, with a person signed in. */
export async function visit(route: string) {
  await signIn()
  return await show(App, { route, whole: true })
}

/** The app for somebody who is not signed in. */
export async function visitSignedOut(route: string) {
  await useSession().load()
  return await show(App, { route, whole: true })
}

async function signIn(): Promise<void> {
  serve(readSession, { reply: session() })
  await useSession().load()
}

/** The module for color modes leaves the root element alone under test, so its class is set by hand. */
export function setTheme(theme: (typeof THEMES)[number]): void {
  useColorMode().preference = theme
  document.documentElement.classList.toggle('dark', theme === 'dark')
}

/** Whether a person can read it and a program can: in both themes by WCAG 2.2 AA, and on a narrow screen. */
export async function expectReadable(): Promise<void> {
  for (const theme of THEMES) {
    setTheme(theme)
    await settled()
    expect(await violations(theme === 'light' ? ALL_RULES : COLOR_RULES), `in the ${theme} theme`).toEqual([])
  }
  await page.viewport(360, 800)
  await settled()
  expect(tooWide(), 'on a screen of 360 pixels').toEqual([])
}

/** Animations that end have ended: what is still fading in has other colors. */
async function settled(): Promise<void> {
  await nextTick()
  const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
  await Promise.allSettled(ending.map(({ finished }) => finished))
}

async function violations(runOnly: axe.RunOnly): Promise<string[]> {
  const found = await axe.run(document, {
    runOnly,
    // The frame around the tests has no title of ours.
    rules: { 'document-title': { enabled: document.title !== '' } },
    resultTypes: ['violations'],
  })
  return found.violations.map(({ id, nodes }) =>
    `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

/** What makes the page wider than the screen. What scrolls by itself or is cut off does not. */
function tooWide(): string[] {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.body.querySelectorAll('*')]
    .filter(element => element.getBoundingClientRect().right > width + 1)
    .map(element => (element.cloneNode(false) as Element).outerHTML.slice(0, 160))
    .slice(-3)
}
