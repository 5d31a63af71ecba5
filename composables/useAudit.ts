import { exportAudit, searchAudit } from '#shared/contracts/audit'
import { readKeys } from '#shared/contracts/keys'
import { addressOf } from './pure/address'
import { auditQuery, type AuditFilter } from './pure/audit-query'

/** The audit log of all organizations of the person, filtered. */
export async function useAudit(filter: Ref<AuditFilter>) {
  const query = computed(() => auditQuery(filter.value))
  const pages = await usePages(searchAudit, {
    key: 'audit',
    list: 'entries',
    size: 50,
    query,
  })
  return {
    ...pages,
    exportUrl: (format: 'csv' | 'jsonl') => addressOf(exportAudit.path, { query: { ...query.value, format } }),
  }
}

/** Whether the encryption keys need an administrator. */
export async function useKeyWarnings() {
  const { data } = await useCall(readKeys)
  return computed(() => data.value?.warnings ?? [])
}
