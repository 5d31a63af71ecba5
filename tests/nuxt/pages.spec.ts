import { describe, expect, it } from 'vitest'
import { pageCases } from './cases/pages.ts'
import { named, type Case } from './support/cases.ts'
import { expectSeen } from './support/expect-seen.ts'
import { expectReadable, visit, visitSignedOut } from './support/show.ts'

const files = Object.keys(import.meta.glob('../../pages/**/*.vue')).map(path => path.replace('../../pages/', ''))

it('Every page has test cases, and all test cases have their page', () => {
  expect(Object.keys(pageCases).sort()).toEqual(files.sort())
})

describe.each(Object.entries(pageCases))('Page %s', (name, { signedOut, ...all }) => {
  it.each(named(all))(
    `${name} with %s says what it should, without a warning, and is readable in both themes`,
    async (_, seen: Case) => {
      seen.api?.()
      await (signedOut ? visitSignedOut : visit)(seen.route!)
      await expectSeen(seen)
      await expectReadable()
    },
  )
})
