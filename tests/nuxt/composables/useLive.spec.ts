import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { use } from '../support/use.ts'

let asked: number
const update = () => {
  asked++
  return Promise.resolve()
}
const show = (visible: boolean) => {
  Object.defineProperty(document, 'visibilityState', {
    configurable: true,
    get: () => (visible ? 'visible' : 'hidden'),
  })
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  asked = 0
})
afterEach(() => {
  vi.useRealTimers()
  Reflect.deleteProperty(document, 'visibilityState')
})

/** Fake timers come after mounting, which itself waits. They are made before the composable starts its own. */
async function live(work: () => void) {
  const { unmount } = await use(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
    work()
  })
  return unmount
}

it('A visible page asks again every ten seconds', async () => {
  await live(() => useLive(update))
  await vi.advanceTimersByTimeAsync(9_999)
  expect(asked).toBe(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toBe(1)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(asked).toBe(3)
})

it('A hidden page asks nothing, and asks at once when a person returns to it', async () => {
  await live(() => useLive(update))
  show(false)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(0)
  show(true)
  expect(asked).toBe(1)
})

it('A page that was left asks nothing any more', async () => {
  const unmount = await live(() => useLive(update))
  await unmount()
  await vi.advanceTimersByTimeAsync(30_000)
  show(true)
  expect(asked).toBe(0)
})

it('A failed question is ignored, and the next one is asked all the same', async () => {
  await live(() => useLive(() => {
    asked++
    return Promise.reject(new Error('no answer'))
  }))
  await vi.advanceTimersByTimeAsync(20_000)
  expect(asked).toBe(2)
})

it('While something is watched, a page asks every second, and stops when it is over', async () => {
  const watched = ref<string | undefined>('running')
  await live(() => useEverySecond(watched, update))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(asked).toBe(3)
  watched.value = undefined
  await nextTick()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(asked).toBe(3)
})

it('A slow answer is waited for before the next second begins', async () => {
  const answers: (() => void)[] = []
  await live(() => useEverySecond(ref(true), () => {
    asked++
    return new Promise<void>(resolve => answers.push(resolve))
  }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(asked).toBe(1)
  answers[0]!()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toBe(2)
})

it('Asking every second begins with something to watch, survives a failure, and ends with the page', async () => {
  const watched = ref(false)
  const unmount = await live(() => useEverySecond(watched, () => {
    asked++
    return Promise.reject(new Error('no answer'))
  }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(asked).toBe(0)
  watched.value = true
  await nextTick()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toBe(2)
  await unmount()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(asked).toBe(2)
})
