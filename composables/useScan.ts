import { scanIntegration } from '#shared/contracts/scans'

interface Scans extends Pick<Awaited<ReturnType<typeof useAssessments>>, 'all' | 'running' | 'refresh'> {
  integrationId: string
  picked: Ref<string | undefined>
}

/** Starts a scan, watches it while it runs, and says how it ended. */
export function useScan({ integrationId, all, running, picked, refresh }: Scans) {
  const { done, refused } = useNotice()
  const { attempt, busy } = useAttempt()
  useLive(refresh)
  useEverySecond(running, refresh)
  watch(running, (now, before) => {
    if (now || !before) return
    picked.value = undefined
    const [last] = all.value
    if (last?.status === 'failed') refused(last.error ?? 'The scan failed.')
    else done('Scanned')
  })
  const scan = () => attempt('scan', async () => {
    await call(scanIntegration, { params: { id: integrationId } })
    await refresh()
    return undefined
  })
  return { scan, starting: computed(() => busy.value === 'scan') }
}
