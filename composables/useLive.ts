/** How often an open page asks again. Each question is one indexed query. */
const EVERY_MS = 10_000

/**
 * Keeps what a page shows true without a reload: asks again every ten seconds while somebody can see it, and at once
 * when they come back to it. What fails is left to the next time: the page goes on showing what it has.
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

/** Asks every second while there is something to watch. */
export function useQuickly(watched: Ref<unknown>, update: () => Promise<unknown>): void {
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
