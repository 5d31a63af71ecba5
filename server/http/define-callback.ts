import { defineEventHandler, getRouterParam, setResponseHeader, type EventHandler } from 'h3'
import type { Contract } from '../../shared/contracts/contract.ts'
import { findCaller } from './caller.ts'
import { finishRoute, refuseCallback } from './finish-route.ts'

/**
 * Makes the route to which a provider sends people back. People see it in their browser, so its refusals are pages.
 */
export function defineCallback(contract: Pick<Contract<'session'>, 'path'>): EventHandler {
  const hasProvider = contract.path.includes('{provider}')
  return defineEventHandler(async (event) => {
    setResponseHeader(event, 'cache-control', 'no-store')
    setResponseHeader(event, 'referrer-policy', 'no-referrer')
    const provider = hasProvider ? getRouterParam(event, 'provider') : undefined
    try {
      const { services } = event.context
      return await finishRoute(event, services, await findCaller(event, services), provider)
    } catch (error) {
      return refuseCallback(event, error, provider)
    }
  })
}
