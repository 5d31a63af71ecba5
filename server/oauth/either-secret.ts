import type { OAuthApp } from './client.ts'

/**
 * Authenticates with the secret that worked last and, if the provider refuses the client, once with the other. A
 * refused client has spent nothing: a server looks at code and refresh token only after it has authenticated the
 * client (RFC 6749 §5.2, invalid_client).
 */
export async function withEitherSecret<T>(
  app: OAuthApp,
  isClientRefused: (error: unknown) => boolean,
  attempt: (app: OAuthApp) => Promise<T>,
): Promise<T> {
  try {
    return await attempt(app)
  } catch (error) {
    if (!app.otherSecret || !isClientRefused(error)) throw error
    const result = await attempt({ ...app, clientSecret: app.otherSecret, otherSecret: undefined })
    app.onOtherSecret?.()
    return result
  }
}
