import type { AutoSyncSettings, MailboxInput } from '#shared/contracts/auto-sync'
import { removeAutoSync, saveAutoSync } from '#shared/contracts/auto-sync'
import type { Asked } from '#shared/contracts/contract'

const newMailbox = (): MailboxInput => ({
  host: '',
  port: 993,
  tls: 'implicit',
  username: '',
  password: '',
})

/**
 * What a person enters about their mail import.
 * @param saved the settings that are stored
 * @param refresh loads them again
 */
export function useMailImportForm(saved: Ref<AutoSyncSettings>, refresh: () => Promise<unknown>) {
  const { attempt, busy } = useAttempt()
  const { enabled, interval_minutes: interval, auto_process: process } = saved.value
  const options = ref({ enabled, interval_minutes: interval, auto_process: process })
  const mailbox = ref(newMailbox())
  const changing = ref(false)
  const needsMailbox = computed(() => changing.value || !saved.value.mailbox)
  /** The mailbox is sent when a new one is needed. Without one, the import can still be saved switched off. */
  const body = computed((): Asked<typeof saveAutoSync>['body'] => ({
    ...options.value,
    ...(needsMailbox.value && (options.value.enabled || mailbox.value.host !== '') ? { mailbox: mailbox.value } : {}),
  }))

  const save = (form?: ErrorForm) => attempt('save', async () => {
    await call(saveAutoSync, { body: body.value })
    mailbox.value = newMailbox()
    changing.value = false
    await refresh()
    return options.value.enabled ? 'Mail import is on' : 'Mail import is off'
  }, form)
  const remove = () => attempt('remove', async () => {
    await call(removeAutoSync)
    await refresh()
    options.value.enabled = false
    return 'Mail import has ended. The mailbox stays in your integrations.'
  })
  return {
    options,
    mailbox,
    changing,
    needsMailbox,
    body,
    save,
    remove,
    busy,
  }
}
