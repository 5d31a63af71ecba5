import { readSession } from '../../shared/contracts/session.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(readSession, {
  audit: { none: 'reads only' },
  async handler({ caller }) {
    const organizations = await caller.store.memberships()
    return {
      user: { id: caller.userId, email: caller.email },
      organizations: organizations.map(organization => ({
        ...organization,
        personal: organization.id === caller.userId,
      })),
    }
  },
})
