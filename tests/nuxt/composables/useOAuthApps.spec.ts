import { expect, it } from 'vitest'
import { listOAuthApps, removeOAuthApp, saveOAuthApp } from '#shared/contracts/oauth-apps'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { oauthApp } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

const params = { name: 'github' }

async function apps() {
  serve(listOAuthApps, { reply: { apps: [oauthApp()] } })
  return (await use(() => useOAuthApps())).result
}

it('An app that was entered is sent, and the answer replaces the list', async () => {
  const { apps: list, save } = await apps()
  serve(saveOAuthApp, { params, reply: { success: true, apps: [oauthApp({ client_id: 'our-client' })] } })
  expect(await save('github', { client_id: 'our-client', client_secret: 'our-secret' })).toBe(true)
  expect(requestsTo(saveOAuthApp, params).map(({ body }) => body)).toEqual([
    { client_id: 'our-client', client_secret: 'our-secret' },
  ])
  expect(list.value[0]?.client_id).toBe('our-client')
  expect(useNotice().notice.value?.title).toBe('Saved')
})

it('An app that was removed is gone from the list, and the notice says what to do', async () => {
  const { apps: list, remove } = await apps()
  serve(removeOAuthApp, { params, reply: { success: true, apps: [oauthApp({ client_id: null })] } })
  await remove('github')
  expect(list.value[0]?.client_id).toBeNull()
  expect(useNotice().notice.value?.title).toMatch(/^Removed\. Reconnect/)
})

it('A refused app leaves the list and stands beside its fields', async () => {
  const { apps: list, save } = await apps()
  serve(saveOAuthApp, {
    params,
    reply: refuse(422, 'invalid_request', 'Some fields are wrong.', { client_secret: 'Enter the client secret' }),
  })
  const errors: { name: string, message: string }[] = []
  const form = { setErrors: (given: typeof errors) => void errors.push(...given) }
  expect(await save('github', { client_id: 'our-client', client_secret: 'x' }, form)).toBe(false)
  expect(errors).toEqual([{ name: 'client_secret', message: 'Enter the client secret' }])
  expect(list.value[0]?.client_id).toBeNull()
})
