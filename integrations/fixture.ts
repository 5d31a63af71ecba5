/**
 * What a platform's documentation says, for the test that connects and disconnects an account of every provider. Write
 * it from the documentation and not from the definition: the test compares the two. Not part of any build.
 */
export interface ProviderFixture {
  /** Address of the authorization request, without its query. */
  authorize: string
  /** Address of the token endpoint. */
  token: string
  /** How the client authenticates at the token endpoint. */
  auth: 'basic' | 'post'
  /** The scope parameter of the authorization request; null: none is sent. */
  scope: string | null
  /** Further parameters of the authorization request. */
  extra?: Record<string, string>
  /** Answer of the token endpoint, beside `access_token` and `refresh_token`. */
  tokenAnswer: Record<string, unknown>
  /** Answers of the API and of the revocation endpoint, by `METHOD address`. */
  api: Record<string, { status?: number, json?: unknown }>
  /** What Coffer shows after the connect: id and name of the account, seconds until the access token ends. */
  account: string
  name: string
  lifetime: number
  /** What deleting the integration answers. */
  revocation: 'revoked' | 'not_supported'
  /** Scopes that were asked for and are not in `tokenAnswer`. */
  missing?: string[]
}
