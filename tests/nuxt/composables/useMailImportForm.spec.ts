import { expect, it } from 'vitest'
import { removeAutoSync, saveAutoSync } from '#shared/contracts/auto-sync'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { autoSync, noAutoSync } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

const mailbox = {
  host: 'imap.example.com',
  port: 993,
  tls: 'implicit' as const,
  username: 'ada@example.com',
  password: 'app-password',
}

async function form(settings = autoSync()) {
  const saved = ref(settings)
  const { result } = await use(() => useMailImportForm(saved, () => Promise.resolve()))
  return { saved, ...result }
}

it('A stored mailbox is not sent again', async () => {
  serve(saveAutoSync, { reply: autoSync() })
  const { options, save } = await form()
  options.value.interval_minutes = 15
  await save()
  expect(requestsTo(saveAutoSync).map(({ body }) => body)).toEqual([
    { enabled: true, interval_minutes: 15, auto_process: true },
  ])
  expect(useNotice().notice.value?.title).toBe('Mail import is on')
})

it('A new mailbox is sent with its password, which the form then forgets', async () => {
  serve(saveAutoSync, { reply: autoSync() })
  const { changing, needsMailbox, mailbox: entered, save } = await form()
  changing.value = true
  expect(needsMailbox.value).toBe(true)
  entered.value = { ...mailbox }
  await save()
  expect(requestsTo(saveAutoSync)[0]?.body).toMatchObject({ mailbox })
  expect(entered.value.password).toBe('')
  expect(changing.value).toBe(false)
})

it('Without a mailbox, mail import can be saved switched off, and not switched on', async () => {
  const { options, body } = await form(noAutoSync())
  expect(body.value).not.toHaveProperty('mailbox')
  options.value.enabled = true
  expect(body.value).toHaveProperty('mailbox')
})

it('A refused mailbox stays in the form, and the errors stand beside its fields', async () => {
  const fields = { 'mailbox.password': 'Enter another password' }
  serve(saveAutoSync, { reply: refuse(422, 'invalid_request', 'The mail server refuses it.', fields) })
  const { mailbox: entered, options, save } = await form(noAutoSync())
  options.value.enabled = true
  entered.value = { ...mailbox }
  const errors: { name: string, message: string }[] = []
  expect(await save({ setErrors: given => void errors.push(...given) })).toBe(false)
  expect(errors).toEqual([{ name: 'mailbox.password', message: 'Enter another password' }])
  expect(entered.value).toEqual(mailbox)
})

it('Ending mail import switches it off and says that the mailbox stays', async () => {
  serve(removeAutoSync, { reply: { success: true } })
  const { options, remove } = await form()
  await remove()
  expect(requestsTo(removeAutoSync)).toHaveLength(1)
  expect(options.value.enabled).toBe(false)
  expect(useNotice().notice.value?.title).toBe('Mail import has ended. The mailbox stays in your integrations.')
})
