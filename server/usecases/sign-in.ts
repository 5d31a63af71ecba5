import { AppError } from '../domain/errors.ts'
import type { RequestInfo } from '../domain/integration.ts'
import type { Deps } from './deps.ts'

/** Signs a person in. Both success and refusal are audited. @throws AppError invalid_credentials */
export async function signIn<User extends { id: string }>(
  { audit }: Pick<Deps, 'audit'>,
  accounts: { signIn(email: string, password: string): Promise<User> },
  { email, password }: { email: string, password: string },
  request: RequestInfo,
): Promise<User> {
  try {
    const user = await accounts.signIn(email, password)
    await audit.signIn(email, user.id, request)
    return user
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_credentials') await audit.signIn(email, undefined, request)
    throw error
  }
}
