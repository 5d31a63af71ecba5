import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { node, root } from '../scripts/lib.mjs'
import { cleanEnvironment, freePort, until } from './app.ts'

export interface RunningScanner {
  healthUrl: string
  output(): string
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** The scanner as a process of its own, as npm run scanner starts it. */
export async function startScanner(
  env: Record<string, string>,
  args: string[] = [],
): Promise<RunningScanner & { ended: Promise<number | null> }> {
  const port = await freePort()
  const child = spawn(node, [join(root, 'scanner/index.ts'), ...args], {
    cwd: root,
    env: {
      ...cleanEnvironment(),
      SCANNER_PORT: String(port),
      HOST: '127.0.0.1',
      ...env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  if (!args.length)
    await until('the scanner to begin', () => {
      if (child.exitCode !== null) throw new Error(`the scanner ended with ${child.exitCode}:\n${output}`)
      return output.includes('The scanner is at work')
    })
  return {
    healthUrl: `http://127.0.0.1:${port}/health`,
    output: () => output,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return await ended
    },
  }
}
