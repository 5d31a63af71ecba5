import { describe, expect, it } from 'vitest'
import type { Component } from 'vue'
import { integrationCases } from './cases/integration.ts'
import { partCases } from './cases/parts.ts'
import { scanCases } from './cases/scan.ts'
import { named, type Case, type Cases } from './support/cases.ts'
import { expectSeen } from './support/expect-seen.ts'
import { expectReadable, show } from './support/show.ts'

const FOLDER = '../../components/'
const files = import.meta.glob<Component>('../../components/**/*.vue', { eager: true, import: 'default' })
const cases: Record<string, Cases> = { ...integrationCases, ...scanCases, ...partCases }

it('Every component has test cases, and all test cases have their component', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(files).map(path => path.replace(FOLDER, '')).sort())
})

describe.each(Object.entries(cases))('Component %s', (name, { within, ...all }) => {
  it.each(named(all))(
    `${name} with %s says what it should, without a warning, and is readable in both themes`,
    async (_, seen: Case) => {
      seen.api?.()
      await show(files[FOLDER + name]!, { ...pick(seen), ...(within ? { within } : {}) })
      await expectSeen(seen)
      await expectReadable()
    },
  )
})

function pick({ props = {}, slots = {} }: Case): Pick<Case, 'props' | 'slots'> {
  return { props, slots }
}
