/** The cookies of one request and its answer. */
export interface CookieJar {
  getAll(): { name: string, value: string }[]
  set(name: string, value: string, options: Record<string, unknown>): void
  /** Name of the session cookie; it is split over several when it is long. */
  sessionName: string
  secure: boolean
}

interface SignedInUser {
  id: string
  email: string
}

/** The operations of Supabase Auth that Coffer needs, for the browser that sent these cookies. */
export interface AccountStore {
  /**
   * @returns `signedIn` false when the address must be confirmed first
   * @throws AppError account_exists | invalid_request
   */
  signUp(email: string, password: string): Promise<{ user: SignedInUser, signedIn: boolean }>
  /** @throws AppError invalid_credentials */
  signIn(email: string, password: string): Promise<SignedInUser>
  /** Returns the access token of the session cookie, refreshed when it has run out. Null without a session. */
  accessToken(): Promise<string | null>
  signOut(): Promise<void>
  /** Asks the auth server about a token that cannot be verified here. Null when the server does not know it. */
  userOf(accessToken: string): Promise<SignedInUser | null>
}
