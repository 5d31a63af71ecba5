import { expect } from 'vitest'
import { page } from 'vitest/browser'
import type { Case } from './cases.ts'

/** Every text and every name of a case is on the screen. */
export async function expectSeen({ says, has = [] }: Case): Promise<void> {
  for (const text of says) await expect.element(page.getByText(pattern(text)).first()).toBeVisible()
  for (const [role, name] of has) {
    const named = name === '' ? page.getByRole(role) : page.getByRole(role, { name, exact: typeof name === 'string' })
    await expect.element(named.first()).toBeVisible()
  }
}

/** A part of what an element says, as it is written. */
function pattern(text: string | RegExp): RegExp {
  return typeof text === 'string' ? new RegExp(text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')) : text
}
