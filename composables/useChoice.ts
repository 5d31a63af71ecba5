interface Choice {
  id: string
  provider: string
  provider_name: string
  expires_at: string
  accounts: { id: string, name: string, already_connected: boolean }[]
}

/** The accounts of one grant, to pick from. */
export async function useChoice(id: string) {
  const { data: choice, error } = await useFetch<Choice>(`/api/connection-choices/${id}`)
  const submit = (accounts: string[]) =>
    $fetch<{ integrations: { id: string }[], return_to: string }>(`/api/connection-choices/${id}`, {
      method: 'POST',
      body: { accounts },
    })
  return { choice, error, submit }
}
