import { workOff } from '../../domain/work-off.ts'
import type { CredentialDeps } from '../deps.ts'
import { checkIntegration } from './check-integration.ts'

const PARALLEL = 10
/** If a worker dies during a health check, another worker takes the row after this long. */
const RETRY_MS = 15 * 60_000

/** Runs the health checks that are due, so that a grant revoked at its platform is found before anyone needs it. */
export async function checkDue(
  deps: CredentialDeps,
  mayBegin: () => boolean,
): Promise<{ checked: number, refused: number }> {
  const run = { checked: 0, refused: 0 }
  await workOff({
    claim: limit => deps.healthChecks.claimDue(limit, new Date(deps.now().getTime() + RETRY_MS)),
    async work(row) {
      if ((await checkIntegration(deps, row)) === 'refused') run.refused++
      run.checked++
    },
    parallel: PARALLEL,
    mayBegin,
    onError: (error, { id: integrationId, integrationType: provider }) =>
      deps.log.error({ err: error, integrationId, provider }, 'A health check failed.'),
  })
  return run
}
