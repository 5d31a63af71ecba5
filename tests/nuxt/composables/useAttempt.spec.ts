import { expect, it } from 'vitest'

const refusal = {
  data: {
    error: 'invalid_request',
    message: 'Some fields are wrong.',
    fields: { name: 'Enter a name' },
  },
}

function form() {
  const errors: { name: string, message: string }[] = []
  return { errors, setErrors: (given: typeof errors) => void errors.push(...given) }
}

it('An attempt is busy under its name while it works, and then says what it did', async () => {
  const { attempt, busy } = useAttempt()
  let release = () => {}
  const work = attempt('save', async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return 'Saved'
  })
  expect(busy.value).toBe('save')
  release()
  expect(await work).toBe(true)
  expect(busy.value).toBeUndefined()
  expect(useNotice().notice.value).toEqual({ title: 'Saved', color: 'success' })
})

it('An attempt without words ends the former notice and says nothing', async () => {
  useNotice().done('Renamed')
  expect(await useAttempt().attempt('refresh', async () => {})).toBe(true)
  expect(useNotice().notice.value).toBeNull()
})

it('A result that is a problem is said as a problem', async () => {
  await useAttempt().attempt('refresh', () => Promise.resolve({ problem: 'The platform did not answer.' }))
  expect(useNotice().notice.value).toEqual({ title: 'The platform did not answer.', color: 'error' })
})

it('An error is said with its fields, and the attempt is not busy any more', async () => {
  const { attempt, busy } = useAttempt()
  expect(await attempt('save', () => Promise.reject(refusal))).toBe(false)
  expect(busy.value).toBeUndefined()
  expect(useNotice().notice.value).toEqual({
    title: 'Some fields are wrong.',
    detail: 'Enter a name',
    color: 'error',
  })
})

it('With a form, the errors of fields stand beside the fields', async () => {
  const { errors, ...given } = form()
  expect(await useAttempt().attempt('save', () => Promise.reject(refusal), given)).toBe(false)
  expect(errors).toEqual([{ name: 'name', message: 'Enter a name' }])
  expect(useNotice().notice.value).toEqual({ title: 'Some fields are wrong.', color: 'error' })
})

it('With a form, an error that is about no field is said in the notice', async () => {
  const { errors, ...given } = form()
  await useAttempt().attempt('save', () => Promise.reject(new TypeError('Failed to fetch')), given)
  expect(errors).toEqual([])
  expect(useNotice().notice.value?.title).toBe('Coffer does not answer. Check your connection and try again.')
})
