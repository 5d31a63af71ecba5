import { expect, it } from 'vitest'

it('A notice says what was done, in the color of success', () => {
  const { notice, done } = useNotice()
  done('Renamed')
  expect(notice.value).toEqual({ title: 'Renamed', color: 'success' })
})

it('A notice about a refused result has the color of an error and no detail', () => {
  const { notice, refused } = useNotice()
  refused('The scan failed.')
  expect(notice.value).toEqual({ title: 'The scan failed.', color: 'error' })
})

it('A notice about an error of the API says what the server said, and what is wrong with each field', () => {
  const { notice, failed } = useNotice()
  failed({
    data: {
      error: 'invalid_request',
      message: 'Some fields are wrong.',
      fields: { name: 'Enter a name', day: 'Enter a day' },
    },
  })
  expect(notice.value).toEqual({ title: 'Some fields are wrong.', detail: 'Enter a name Enter a day', color: 'error' })
})

it('A notice about a request without an answer says that Coffer does not answer', () => {
  const { notice, failed } = useNotice()
  failed(new TypeError('Failed to fetch'))
  expect(notice.value?.title).toBe('Coffer does not answer. Check your connection and try again.')
})

it('Every caller sees the same notice, and any of them can end it', () => {
  useNotice().done('Saved')
  const { notice, clear } = useNotice()
  expect(notice.value?.title).toBe('Saved')
  clear()
  expect(useNotice().notice.value).toBeNull()
})
