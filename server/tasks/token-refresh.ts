import { defineTask } from 'nitropack/runtime'
import { startServices } from '../start.ts'
import { runTokenRefresh } from '../usecases/run-token-refresh.ts'

export default defineTask({
  meta: { name: 'token-refresh', description: 'Refreshes what is due' },
  async run() {
    const { deps, config, log, track } = await startServices()
    const { tokensChecked, tokensRefreshed, remaining, durationMs } = await track(runTokenRefresh(deps, config.cronTimeBudgetMs))
    const result = { tokensChecked, tokensRefreshed, remaining, durationMs }
    if (tokensChecked) log.info(result, 'token refresh')
    return { result }
  },
})
