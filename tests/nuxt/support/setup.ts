import { cleanup } from '@nuxt/test-utils/browser'
import { afterEach, beforeEach, expect } from 'vitest'
import { page } from 'vitest/browser'
import { readSession } from '#shared/contracts/session'
import { endServing, refuse, serve, watchUnserved } from './api.ts'
import { listen, unlisten } from './console.ts'
import { setTheme } from './show.ts'

// A test begins with nobody signed in, nothing cached and no answer served, in the light theme, on a wide screen.
beforeEach(async () => {
  listen()
  watchUnserved()
  serve(readSession, { reply: refuse(401, 'unauthorized', 'Your session has ended. Sign in again.') })
  setTheme('light')
  await page.viewport(1280, 800)
})

afterEach(async () => {
  cleanup()
  document.body.replaceChildren()
  await useRouter().replace('/reference')
  clearNuxtData()
  clearNuxtState(key => !key.endsWith('color-mode'))
  clearError()
  expect([...unlisten(), ...endServing()]).toEqual([])
})
