import { bodyOf } from './pure/body-of'

const contracts = () => import('#shared/contracts/connect')

/** The accounts that one grant covers, for a person to choose from. */
export async function useChoice(id: string) {
  const params = { id }
  const { data: choice, error } = await useAnswer(`choice/${id}`, async caller =>
    caller((await contracts()).readChoice, { params }))
  return {
    choice,
    error,
    submit: async (accounts: string[]) => call((await contracts()).submitChoice, { params, body: { accounts } }),
  }
}

/** What the choice sends, checked by the contract. */
export const CHOICE = lazySchema(async () => bodyOf((await contracts()).submitChoice))
