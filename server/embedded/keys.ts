import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateApiKey } from '@supabase/lite'
import * as z from 'zod'

const EmbeddedKeys = z.object({
  encryptionKey: z.string(),
  jwtSecret: z.string(),
  publishableKey: z.string(),
  secretKey: z.string(),
  demoPassword: z.string(),
})
export type EmbeddedKeys = z.infer<typeof EmbeddedKeys>

/**
 * Reads the keys of an embedded installation from `<data folder>/keys.json`. The first start generates them and writes
 * that file, with mode 0600. A damaged file is never overwritten.
 * @throws Error in one sentence when the folder cannot be used or the file is damaged
 */
export async function loadOrCreateKeys(
  dataDir: string,
): Promise<{ keys: EmbeddedKeys, created: boolean, file: string }> {
  const file = join(dataDir, 'keys.json')
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `The data folder ${dataDir} cannot be created (${cause.code}). Set COFFER_DATA_DIR to a writable folder.`,
    )
  })
  const text = await readIfExists(file)
  if (text !== undefined) return { keys: parseKeys(text, file), created: false, file }

  const keys = await generateKeys()
  await writeWhole(file, JSON.stringify(keys, null, 2) + '\n').catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `The key file ${file} cannot be written (${cause.code}). Set COFFER_DATA_DIR to a writable folder.`,
    )
  })
  return { keys, created: true, file }
}

async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Error(
      `The key file ${file} cannot be read (${code}). Coffer needs it to decrypt the stored credentials.`,
      { cause },
    )
  }
}

async function generateKeys(): Promise<EmbeddedKeys> {
  return {
    encryptionKey: randomBytes(32).toString('base64'),
    jwtSecret: randomBytes(32).toString('base64url'),
    publishableKey: (await generateApiKey('publishable')).key,
    secretKey: (await generateApiKey('secret')).key,
    demoPassword: randomBytes(9).toString('base64url'),
  }
}

function parseKeys(text: string, file: string): EmbeddedKeys {
  try {
    return EmbeddedKeys.parse(JSON.parse(text))
  } catch {
    throw new Error(
      `The key file ${file} is damaged. Restore it from a backup: without it, nothing stored can be decrypted.`,
    )
  }
}

// Writes to a second file and renames it, so that a crash cannot leave half a key file.
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await chmod(`${file}.new`, 0o600)
  await rename(`${file}.new`, file)
}
