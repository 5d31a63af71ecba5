import type { Answer, Asked, Contract, Query } from '#shared/contracts/contract'
import { mergePages } from './pure/merge-pages'

/** The most rows that one question may ask for. */
const MOST = 100

interface Row { id: string | number }

/** Names of the lists in an answer. */
type ListName<C extends Contract> = {
  [Name in keyof Answer<C>]: Answer<C>[Name] extends Row[] ? Name : never
}[keyof Answer<C>] & string

type Item<C extends Contract, Name extends ListName<C>> = Answer<C>[Name] extends (infer One)[] ? One & Row : never

interface Options<C extends Contract, Name extends ListName<C>> {
  /** One for the whole app. */
  key: string
  /** Which list of the answer has the rows. */
  list: Name
  /** Rows per page. */
  size: number
  params?: Asked<C>['params']
  /** What the list is filtered by. A change starts again with the first page. */
  query?: Ref<Omit<Query<C>, 'limit' | 'cursor'>>
  /** Does not hold up navigation: the page shows that it is loading. */
  lazy?: boolean
}

/** A list of the API, one page after the other. */
export async function usePages<C extends Contract, Name extends ListName<C>>(contract: C, options: Options<C, Name>) {
  const { key, list, size, params, query = ref({}), lazy = false } = options
  const caller = useCaller()
  const loadingMore = ref(false)

  async function ask(limit: number, cursor?: string): Promise<{ items: Item<C, Name>[], next: string | null }> {
    const asked = { params, query: { ...query.value, limit, cursor } }
    // The compiler cannot see that a contract with a list has a limit and a cursor. Contracts are tested for it.
    const answer = await caller<Contract>(contract, asked as never) as Record<string, unknown>
    return { items: answer[list] as Item<C, Name>[], next: answer.next_cursor as string | null }
  }

  const loading = useAnswer(key, () => ask(size), { lazy, watch: [query] })
  const { data, status, error } = loading

  // An answer that arrives after the list was replaced, by another filter or another answer, belongs to no list.
  async function loadMore(): Promise<void> {
    const shown = data.value
    if (!shown?.next || loadingMore.value) return
    loadingMore.value = true
    try {
      const { items, next } = await ask(size, shown.next)
      if (data.value !== shown) return
      data.value = { items: [...shown.items, ...items] as typeof shown.items, next }
    } finally {
      loadingMore.value = false
    }
  }

  /** Brings the rows that are shown up to date, further pages included, without showing that it loads. */
  async function update(): Promise<void> {
    const shown = data.value
    if (!shown || loadingMore.value) return
    const fresh = await ask(Math.min(MOST, Math.max(size, shown.items.length)))
    if (data.value !== shown) return
    data.value = mergePages(shown as typeof fresh, fresh, MOST) as typeof data.value
  }

  const pages = {
    items: computed(() => (data.value?.items ?? []) as Item<C, Name>[]),
    more: computed(() => Boolean(data.value?.next)),
    status,
    error,
    refresh: () => loading.refresh(),
    update,
    loadMore,
    loadingMore: readonly(loadingMore),
  }
  await loading
  return pages
}
