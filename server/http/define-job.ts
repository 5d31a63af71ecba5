import { defineTask } from 'nitropack/runtime'
import type { Services } from '../start/services.ts'
import { startServices } from '../start/once.ts'

/**
 * A scheduled task of the Node server: timer → use-case. It runs to its end when the process is told to stop. Its
 * counts are logged, at `debug` while there is nothing to do, because it runs every minute. An error is logged, and
 * the next run starts as usual.
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
        services.log[worked ? 'info' : 'debug']({ job: name, ...counts }, 'job done')
        return { result: counts }
      } catch (error) {
        ran('failure')
        services.log.error({ err: error, job: name }, 'job failed')
        return { result: {} }
      }
    },
  })
}
