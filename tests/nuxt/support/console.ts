const seen: string[] = []
const original = { warn: console.warn, error: console.error }

/** Notes every warning and error from now on: Vue's, Nuxt's, the icons' and the browser's own. */
export function listen(): void {
  for (const level of ['warn', 'error'] as const) {
    console[level] = (...given: unknown[]) => {
      seen.push(`console.${level}: ${given.map(words).join(' ')}`)
    }
  }
}

/** @returns what was written since `listen` */
export function unlisten(): string[] {
  Object.assign(console, original)
  return seen.splice(0)
}

function words(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : String(value)
}
