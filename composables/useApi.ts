import type { Answer, Asked, Contract, ErrorBody } from '#shared/contracts/contract'
import { addressOf } from './pure/address'

// The only door to the API. Composables and components in Coffer are auto-imported by Nuxt; words/, contracts and the
// pure functions of composables/pure are imported by name.

type Argument<C extends Contract> = Record<never, never> extends Asked<C> ? [asked?: Asked<C>] : [asked: Asked<C>]
type Parts = Parameters<typeof addressOf>[1] & { body?: Record<string, unknown> }

/** Performs an operation. @throws what `apiError` reads */
export type Call = <C extends Contract>(contract: C, ...asked: Argument<C>) => Promise<Answer<C>>

/**
 * A `call` for this request. During server rendering it forwards the cookies of the page's request, so it has to be
 * made in setup, before the first await: after that, Nuxt no longer knows which request is being answered.
 */
export function useCaller(): Call {
  const request = useRequestFetch()
  return async <C extends Contract>(contract: C, ...asked: Argument<C>) => {
    const { body, ...parts } = (asked[0] ?? {}) as Parts
    const address: string = addressOf(contract.path, parts)
    return await request<Answer<C>>(address, { method: contract.method, ...(body ? { body } : {}) }) as Answer<C>
  }
}

/** Performs an operation for something that a person did. In the browser; pages load data with `useCall`. */
export const call: Call = (contract, ...asked) => useCaller()(contract, ...asked)

/**
 * Data of a page: asked for during server rendering and carried over to the browser.
 * @param key one for the whole app; the same key shares the same data
 * @param ask gets a `call` with the cookies of the request
 */
export function useAnswer<T>(
  key: string,
  ask: (call: Call) => Promise<T>,
  options: { lazy?: boolean, watch?: Ref<unknown>[] } = {},
) {
  const caller = useCaller()
  return useAsyncData(key, () => ask(caller), { deep: true, ...options })
}

/** The answer of one operation as data of a page. */
export function useCall<C extends Contract>(contract: C, ...asked: Argument<C>) {
  return useAnswer(addressOf(contract.path, asked[0] as Parts | undefined), caller => caller(contract, ...asked))
}

/** What the server said, or a sentence for when it said nothing. */
export function apiError(error: unknown): Pick<ErrorBody, 'error' | 'message' | 'fields'> {
  const body = (error as { data?: Partial<ErrorBody> } | null)?.data
  if (body?.error && body.message) return { error: body.error, message: body.message, fields: body.fields }
  return { error: 'unreachable', message: 'Coffer does not answer. Check your connection and try again.' }
}
