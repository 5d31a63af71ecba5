import { defineTask } from 'nitropack/runtime'
import type { Services } from '../start/services.ts'
import { startServices } from '../start/once.ts'

/**
 * Makes a scheduled task of the Node server from a use-case. A stopping process waits for it to finish. The numbers in
 * its result are logged: at `info` when it did something, else at `debug`, because it runs every minute. An error is
 * logged and does not stop the schedule.
 * @param name as in metrics, logs and the path of the same job under /api/cron
 */
export function defineJob<Run extends object>(
  name: string,
  description: string,
  run: (services: Services) => Promise<Run>,
) {
  return defineTask({
    meta: { name, description },
    async run() {
      const services = await startServices()
      // The development server starts its scheduler in any case.
      if (!services.config.scheduler) return { result: {} }
      const began = performance.now()
      const ran = (outcome: 'success' | 'failure') =>
        services.metrics.ran(name, outcome, (performance.now() - began) / 1000)
      try {
        const result = await services.track(run(services))
        ran('success')
        const counts = Object.fromEntries(
          Object.entries(result).filter(([key, value]) => typeof value === 'number' && key !== 'durationMs'),
        )
        const worked = Object.values(counts).some(count => (count as number) > 0)
        services.log[worked ? 'info' : 'debug']({ job: name, ...counts }, 'The job has finished.')
        return { result: counts }
      } catch (error) {
        ran('failure')
        services.log.error({ err: error, job: name }, 'The job failed.')
        return { result: {} }
      }
    },
  })
}
