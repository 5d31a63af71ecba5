import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { RecoveryRecord, RecoveryStore } from '../ports/credentials.ts'

const date = z.iso
  .datetime()
  .transform(text => new Date(text))
  .nullable()

const Record = z.object({
  id: z.uuid(),
  organizationId: z.uuid(),
  integrationType: z.string(),
  credentialVersion: z.number(),
  saved: z.object({
    config: z.record(z.string(), z.unknown()),
    encryptionKeyId: z.string(),
    grantedScopes: z
      .array(z.string())
      .optional()
      .transform(scopes => scopes),
    expiresAt: date,
    nextRefreshAt: date,
    refreshExpiresAt: date,
    grantEndsAt: date,
  }),
})

/**
 * Keeps one file per integration, with mode 0600. All secrets in it are sealed. The folder is created when it is first
 * needed, so a server that never loses its database writes nothing.
 * @see RecoveryStore
 */
export function createRecoveryStore(folder: string): RecoveryStore {
  const file = (id: string) => join(folder, `${id}.json`)
  const read = async (id: string): Promise<RecoveryRecord | null> => {
    const text = await readFile(file(id), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (text === null) return null
    const { saved, ...record } = Record.parse(JSON.parse(text))
    return { ...record, saved: { ...saved, grantedScopes: saved.grantedScopes } }
  }
  return {
    async keep(record) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const temporary = `${file(record.id)}.${process.pid}`
      const handle = await open(temporary, 'w', 0o600)
      try {
        await handle.writeFile(JSON.stringify(record))
        // fsync before rename, so a record that exists is complete.
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, file(record.id))
    },
    find: read,
    async list() {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw error
      })
      const records = await Promise.all(
        names.filter(name => name.endsWith('.json')).map(name => read(name.slice(0, -'.json'.length))),
      )
      return records.filter(record => record !== null)
    },
    async drop(id) {
      await rm(file(id), { force: true })
    },
  }
}
