import { readOpenApi } from '#shared/contracts/system'

interface Operation {
  summary: string
  security: unknown[]
  parameters: { name: string, required: boolean }[]
  requestBody?: { content: Record<string, { schema: { properties?: Record<string, unknown> } }> }
}

/** The parts of an OpenAPI document that the reference page shows. */
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
}

/** The operations of the HTTP API, as its own OpenAPI document describes them. */
export async function useReference() {
  const { data, error, refresh } = await useCall(readOpenApi)
  const document = computed(() => data.value as unknown as Document | undefined)
  return {
    error,
    refresh: () => refresh(),
    version: computed(() => document.value?.openapi),
    operations: computed(() => Object.entries(document.value?.paths ?? {}).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { requestBody, ...operation }]) => ({
        ...operation,
        path,
        method: method.toUpperCase(),
        fields: Object.keys(requestBody?.content['application/json']?.schema.properties ?? {}),
      })))),
  }
}
