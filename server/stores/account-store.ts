import { createServerClient } from '@supabase/ssr'
import type { AuthError } from '@supabase/supabase-js'
import { AppError } from '../domain/errors.ts'
import type { AccountStore, CookieJar } from '../ports/accounts.ts'
import type { SupabaseAccess } from './supabase-client.ts'

/** @see AccountStore */
export function createAccountStore(access: SupabaseAccess, jar: CookieJar): AccountStore {
  const { auth } = createServerClient(access.url, access.anonKey, {
    global: { fetch: access.fetch },
    cookieOptions: {
      name: jar.sessionName,
      httpOnly: true,
      sameSite: 'lax',
      secure: jar.secure,
      path: '/',
    },
    cookies: {
      getAll: () => jar.getAll(),
      setAll: cookies => cookies.forEach(({ name, value, options }) => jar.set(name, value, { ...options })),
    },
  })
  return {
    async signUp(email, password) {
      const { data, error } = await auth.signUp({ email, password })
      if (error) throw signUpError(error)
      // When an address is taken, Supabase hides that and answers with a user without identities.
      if (!data.user || data.user.identities?.length === 0) throw taken()
      return { user: { id: data.user.id, email: data.user.email ?? email }, signedIn: data.session !== null }
    },
    async signIn(email, password) {
      const { data, error } = await auth.signInWithPassword({ email, password })
      if (error) {
        if (unreachable(error)) throw unavailable(error)
        if (error.code === 'email_not_confirmed')
          throw new AppError('invalid_credentials', 'Confirm your e-mail address first: the link is in your mailbox.')
        throw new AppError('invalid_credentials', 'E-mail address or password is wrong.')
      }
      return { id: data.user.id, email: data.user.email ?? email }
    },
    async accessToken() {
      const { data, error } = await auth.getSession()
      if (error && unreachable(error)) throw unavailable(error)
      return data.session?.access_token ?? null
    },
    async signOut() {
      await auth.signOut({ scope: 'local' })
    },
    async userOf(accessToken) {
      const { data, error } = await auth.getUser(accessToken)
      if (error && unreachable(error)) throw unavailable(error)
      return data.user ? { id: data.user.id, email: data.user.email ?? '' } : null
    },
  }
}

function unreachable(error: AuthError): boolean {
  return error.name === 'AuthRetryableFetchError' || (error.status ?? 0) >= 500
}

function unavailable(cause: AuthError): AppError {
  return new AppError('database_unavailable', 'Signing in is not possible at the moment. Try again shortly.', { cause })
}

function taken(): AppError {
  return new AppError('account_exists', 'An account with this address exists already. Sign in instead.')
}

function signUpError(error: AuthError): AppError {
  if (unreachable(error)) return unavailable(error)
  if (error.code === 'user_already_exists' || /already (registered|exists)/i.test(error.message)) return taken()
  if (error.code === 'signup_disabled')
    return new AppError('forbidden', 'Sign-up is disabled. Ask your administrator.')
  if (error.code === 'weak_password' || /password/i.test(error.message)) {
    return new AppError('invalid_request', 'This password is too easy to guess.', {
      fields: { password: 'is too easy to guess' },
      cause: error,
    })
  }
  return new AppError('invalid_request', 'This account could not be created.', { cause: error })
}
