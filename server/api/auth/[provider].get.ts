import { getHeader } from 'h3'
import { startConnection as contract } from '../../../shared/contracts/connect.ts'
import { startConnection } from '../../usecases/connect/start-connection.ts'
import { defineRoute, seeOther } from '../../http/define-route.ts'
import { rememberFlow } from '../../http/flow-cookie.ts'

export default defineRoute(contract, {
  audit: { none: 'nothing is connected yet; the callback records the connection' },
  async handler({ event, services, caller, params, query }) {
    // A link on another site must not start a connection: a provider that the person allowed before may not ask again,
    // so the other site would decide what is connected. They get the page with the button instead.
    if (['cross-site', 'same-site'].includes(getHeader(event, 'sec-fetch-site') ?? ''))
      return await seeOther(event, '/connect')
    const flow = await startConnection(services.deps, caller, {
      providerId: params.provider,
      organizationId: query.organization_id,
      integrationId: query.integration_id,
      returnTo: query.return_to,
    })
    rememberFlow(event, services, flow)
    return await seeOther(event, flow.url)
  },
})
