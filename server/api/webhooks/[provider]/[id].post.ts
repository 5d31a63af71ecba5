import { getHeader } from 'h3'
import { receiveWebhook as contract } from '../../../../shared/contracts/webhooks.ts'
import { receiveWebhook } from '../../../usecases/scanning/receive-webhook.ts'
import { defineRoute } from '../../../http/define-route.ts'
import { readBodyText } from '../../../http/read-body.ts'

/** Messages can be larger (GitHub's have up to 25 MB), but those that say what happened to settings are small. */
const MAX_BYTES = 1024 * 1024

export default defineRoute(contract, {
  audit: { none: 'recorded in webhook_receivers; the scan that it starts is audited' },
  async handler({ event, services, params }) {
    await services.messages.count(params.id)
    const body = await readBodyText(event, MAX_BYTES)
    const accepted = await receiveWebhook(services.deps, {
      type: params.provider,
      integrationId: params.id,
      body,
      header: name => getHeader(event, name),
    })
    if (accepted) void services.track(accepted.work)
    return { success: true as const }
  },
})
