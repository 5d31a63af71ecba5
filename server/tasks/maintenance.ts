import { defineTask } from 'nitropack/runtime'
import { startServices } from '../start.ts'
import { runMaintenance } from '../usecases/run-maintenance.ts'

export default defineTask({
  meta: { name: 'maintenance', description: 'Clears away what nobody came back for' },
  async run() {
    const { deps, log, track } = await startServices()
    const { flowsDeleted, choicesEnded, choicesRevoked } = await track(runMaintenance(deps))
    const result = { flowsDeleted, choicesEnded, choicesRevoked }
    if (flowsDeleted || choicesEnded) log.info(result, 'maintenance')
    return { result }
  },
})
