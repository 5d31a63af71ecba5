import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Reserves a data folder for this process, because two PGlites on the same files destroy them.
 * @returns a function that releases the folder
 * @throws Error in one sentence, naming the process that uses the folder
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'server.pid')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = await open(file, 'wx', 0o600)
      await handle.writeFile(String(process.pid))
      await handle.close()
      return () => rm(file, { force: true })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST')
        throw new Error(
          `The data folder ${dataDir} cannot be written (${code}). Set COFFER_DATA_DIR to a writable folder.`,
          { cause: error },
        )
      const pid = Number(await readFile(file, 'utf8').catch(() => ''))
      if (pid && pid !== process.pid && isAlive(pid)) {
        throw new Error(
          `The data folder ${dataDir} is in use by another Coffer (process ${pid}). `
          + 'Stop that one, or set COFFER_DATA_DIR to another folder.',
          { cause: error },
        )
      }
      // A process that was killed left the file behind.
      await rm(file, { force: true })
    }
  }
  throw new Error(`The data folder ${dataDir} is in use by another Coffer, which is just starting.`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
