import { describe, expect, it } from 'vitest'
import { mergePages } from '../../composables/pure/merge-pages.ts'

const rows = (...ids: number[]) => ids.map(id => ({ id }))

describe('a list of several pages is brought up to date', () => {
  it('with the fresh answer alone when nothing follows it', () => {
    const fresh = { items: rows(1, 2), next: null }
    expect(mergePages({ items: rows(1, 2, 3, 4), next: 'after 4' }, fresh, 2)).toEqual(fresh)
  })

  it('and keeps the rows that the fresh answer cannot cover, with the place to go on from', () => {
    expect(
      mergePages({ items: rows(1, 2, 3, 4), next: 'after 4' }, { items: rows(1, 2), next: 'after 2' }, 2),
    ).toEqual({ items: rows(1, 2, 3, 4), next: 'after 4' })
  })

  it('without showing a row twice that moved to the beginning', () => {
    expect(
      mergePages({ items: rows(1, 2, 3, 4), next: null }, { items: rows(4, 1), next: 'after 1' }, 2),
    ).toEqual({ items: rows(4, 1, 3), next: null })
  })

  it('and follows the fresh answer when no further rows were shown', () => {
    const fresh = { items: rows(5, 1), next: 'after 1' }
    expect(mergePages({ items: rows(1, 2), next: 'after 2' }, fresh, 2)).toEqual(fresh)
  })
})
