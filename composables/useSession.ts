import type { Session } from '#shared/contracts/session'

/** Who is signed in. Loaded once a page load, and after signing in or out. */
export function useSession() {
  const session = useState<Session | null>('session', () => null)
  const loaded = useState('session-loaded', () => false)
  const request = useRequestFetch()

  async function load(): Promise<Session | null> {
    session.value = await request<Session>('/api/session').catch(() => null)
    loaded.value = true
    return session.value
  }

  async function signIn(email: string, password: string): Promise<void> {
    await $fetch('/api/session', { method: 'POST', body: { email, password } })
    await load()
  }

  /** @returns false when the address has to be confirmed by e-mail first */
  async function createAccount(email: string, password: string): Promise<boolean> {
    const answer = await $fetch<{ confirmation_needed: boolean }>('/api/account', {
      method: 'POST',
      body: { email, password },
    })
    await load()
    return !answer.confirmation_needed
  }

  async function signOut(): Promise<void> {
    await $fetch('/api/session', { method: 'DELETE' }).catch(() => undefined)
    session.value = null
    clearNuxtData()
    await navigateTo('/sign-in')
  }

  return {
    session: readonly(session),
    loaded: readonly(loaded),
    load,
    signIn,
    createAccount,
    signOut,
  }
}
