import * as z from 'zod'

// zod would try `new Function` to see whether it may compile its parsers: the content policy says no, and reports it.
export default defineNuxtPlugin(() => {
  z.config({ jitless: true })
})
