import type { Session } from '#shared/contracts/session'
import { bodyOf } from './pure/body-of'

/**
 * Contracts bring zod, which would push the first load of the sign-in and connect pages over its budget of 150 kB.
 * Their contracts are therefore loaded with the first request.
 */
const contracts = () => import('#shared/contracts/session')

/** Who is signed in. Loaded once per page load, and after signing in or out. */
export function useSession() {
  const session = useState<Session | null>('session', () => null)
  const loaded = useState('session-loaded', () => false)
  const caller = useCaller()

  async function load(): Promise<Session | null> {
    const { readSession } = await contracts()
    session.value = await caller(readSession).catch(() => null)
    loaded.value = true
    return session.value
  }

  async function signIn(email: string, password: string): Promise<void> {
    const { createSession } = await contracts()
    await call(createSession, { body: { email, password } })
    await load()
  }

  /** @returns false when the address has to be confirmed by e-mail first */
  async function signUp(email: string, password: string): Promise<boolean> {
    const { createAccount } = await contracts()
    const { confirmation_needed: unconfirmed } = await call(createAccount, { body: { email, password } })
    await load()
    return !unconfirmed
  }

  async function signOut(): Promise<void> {
    const { deleteSession } = await contracts()
    await call(deleteSession).catch(() => undefined)
    session.value = null
    clearNuxtData()
    await navigateTo('/sign-in')
  }

  return {
    session: readonly(session),
    loaded: readonly(loaded),
    load,
    signIn,
    signUp,
    signOut,
  }
}

/** What the sign-in form sends, checked by the contracts. */
export const SIGN_IN = lazySchema(async () => bodyOf((await contracts()).createSession))
export const SIGN_UP = lazySchema(async () => bodyOf((await contracts()).createAccount))
