import { render } from '@nuxt/test-utils/browser'
import { defineComponent, h } from 'vue'

/** What a composable gives to a component, in the runtime of Nuxt and with the life of a component. */
export async function use<T>(composable: () => T | Promise<T>) {
  const given: { result?: Awaited<T> } = {}
  const Holder = defineComponent({
    async setup() {
      given.result = await composable()
      return () => h('p', 'mounted')
    },
  })
  const { unmount } = await render(Holder, { route: '/reference' })
  return { result: given.result as Awaited<T>, unmount }
}
