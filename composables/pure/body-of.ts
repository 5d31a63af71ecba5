import type { Contract } from '#shared/contracts/contract'

/**
 * The schema of an operation's body, for the form that sends it.
 * @throws when the operation has no body
 */
export function bodyOf<Body extends NonNullable<Contract['body']>>({ body, path }: {
  body?: Body
  path: string
}): Body {
  if (!body) throw new Error(`${path} has no body`)
  return body
}
