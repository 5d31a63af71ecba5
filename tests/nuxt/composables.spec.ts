import { expect, it } from 'vitest'

const names = (found: Record<string, unknown>, ending: string) =>
  Object.keys(found).map(path => path.split('/').at(-1)!.replace(ending, '')).sort()

it('Every composable has a spec of its name', () => {
  const specs = names(import.meta.glob('./composables/*.spec.ts'), '.spec.ts')
  expect(specs).toEqual(names(import.meta.glob('../../composables/*.ts'), '.ts'))
})
