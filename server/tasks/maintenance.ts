import { defineTask } from 'nitropack/runtime'
import { startServices } from '../start.ts'
import { runMaintenance } from '../usecases/run-maintenance.ts'

export default defineTask({
  meta: { name: 'maintenance', description: 'Ends grants of deleted integrations, checks what is due, clears away the rest' },
  async run() {
    const { deps, config, log, track } = await startServices()
    const { flowsDeleted, choicesEnded, grantsEnded, grantsWaiting, integrationsChecked, integrationsRefused, recordsDeleted } = await track(runMaintenance(deps, config.cronTimeBudgetMs))
    const result = { flowsDeleted, choicesEnded, grantsEnded, grantsWaiting, integrationsChecked, integrationsRefused, recordsDeleted }
    if (Object.values(result).some(count => count > 0)) log.info(result, 'maintenance')
    return { result }
  },
})
