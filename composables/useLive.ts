/** How often an open page asks again. Each question is one indexed query. */
const EVERY_MS = 10_000

/**
 * Keeps a page up to date without a reload. It asks again every ten seconds while the page is visible, and at once when
 * a person returns to it. A failure is ignored: the page keeps what it shows, and the next question may succeed.
 */
export function useLive(update: () => Promise<unknown>): void {
  let timer: ReturnType<typeof setInterval> | undefined
  const ask = () => {
    if (document.visibilityState === 'visible') update().catch(() => undefined)
  }
  onMounted(() => {
    timer = setInterval(ask, EVERY_MS)
    document.addEventListener('visibilitychange', ask)
  })
  onUnmounted(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', ask)
  })
}

/** Asks every second while `watched` has a value, for work that a person is waiting for. */
export function useEverySecond(watched: Ref<unknown>, update: () => Promise<unknown>): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const next = () => {
    clearTimeout(timer)
    if (watched.value)
      timer = setTimeout(
        () =>
          void update()
            .catch(() => undefined)
            .finally(next),
        1000,
      )
  }
  onMounted(next)
  watch(watched, next)
  onUnmounted(() => clearTimeout(timer))
}
