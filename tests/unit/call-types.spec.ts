import { describe, expectTypeOf, it } from 'vitest'
import type { searchAudit } from '../../shared/contracts/audit.ts'
import type { Answer, Asked } from '../../shared/contracts/contract.ts'
import type { deleteIntegration, listIntegrations, updateIntegration } from '../../shared/contracts/integrations.ts'
import type { readSession } from '../../shared/contracts/session.ts'

// Checked by vue-tsc, not when the tests run.
describe('what a page has to say to perform an operation', () => {
  it('has the parameters and the body of the contract', () => {
    expectTypeOf<Asked<typeof updateIntegration>['params']>().toEqualTypeOf<{ id: string }>()
    expectTypeOf<Asked<typeof updateIntegration>['body']>().toEqualTypeOf<{
      name?: string | undefined
      paused?: boolean | undefined
      scan_schedule?: string | null | undefined
    }>()
  })

  it('has no part that the contract does not name', () => {
    expectTypeOf<Asked<typeof deleteIntegration>['body']>().toEqualTypeOf<undefined>()
    expectTypeOf<Record<never, never>>().toExtend<Asked<typeof readSession>>()
  })

  it('may leave out a query that has only optional fields', () => {
    expectTypeOf<Record<never, never>>().toExtend<Asked<typeof listIntegrations>>()
    expectTypeOf<{ query: { outcome: 'perhaps' } }>().not.toExtend<Asked<typeof searchAudit>>()
  })

  it('is answered with the response of the contract', () => {
    expectTypeOf<Answer<typeof listIntegrations>['next_cursor']>().toEqualTypeOf<string | null>()
    expectTypeOf<Answer<typeof deleteIntegration>['success']>().toEqualTypeOf<true>()
  })
})
