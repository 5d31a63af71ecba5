import { freePort } from './app.ts'
import { startScript } from './process.ts'

export interface RunningScanner {
  healthUrl: string
  output(): string
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts the scanner as a process of its own, as `npm run scanner` does. */
export async function startScanner(
  env: Record<string, string>,
  args: string[] = [],
): Promise<RunningScanner & { ended: Promise<number | null> }> {
  const port = await freePort()
  const { child, ended, output, printed } = startScript('scanner/index.ts', args, {
    SCANNER_PORT: String(port),
    HOST: '127.0.0.1',
    ...env,
  })
  if (!args.length) await printed('The scanner works on')
  return {
    healthUrl: `http://127.0.0.1:${port}/health`,
    output,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return await ended
    },
  }
}
