import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { environment, node, root } from './lib.mjs'
import { until } from './wait.ts'

const OURS =
  /^(SUPABASE_|OAUTH_|COFFER_|ENCRYPTION_|APP_URL|PORT|HOST|NODE_ENV|LOG_LEVEL|LEGACY_|CRON_|NITRO_|TEST$|VITEST)/

/** The environment of this process without the variables that would configure the server under test. */
export function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !OURS.test(entry[0]),
    ),
  )
}

export interface Process {
  child: ChildProcess
  /** What it has printed so far, on either stream. */
  output(): string
  /** What it has printed so far on standard output alone. */
  stdout(): string
  /** The exit code; null where a signal ended it. */
  ended: Promise<number | null>
  /** Waits until it has printed `text`. @throws with its output if it ends before that */
  printed(text: string, deadlineMs?: number): Promise<void>
}

/** Starts a command in the project's folder, with nothing in its environment but `env`. */
export function startProcess(command: string, args: string[], env: NodeJS.ProcessEnv): Process {
  const child = spawn(command, args, { cwd: root, env })
  let [output, stdout] = ['', '']
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString()
    output += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  return {
    child,
    output: () => output,
    stdout: () => stdout,
    ended: new Promise(resolve => child.once('close', resolve)),
    async printed(text, deadlineMs) {
      await until(
        `${args[0]} to print "${text}"`,
        () => {
          if (child.exitCode !== null) throw new Error(`${args[0]} ended with ${child.exitCode}:\n${output}`)
          return output.includes(text)
        },
        deadlineMs,
      )
    },
  }
}

/** Starts one of the project's TypeScript files, such as `scripts/keys.ts`, as an operator does. */
export function startScript(script: string, args: string[], env: Record<string, string>): Process {
  return startProcess(node, [join(root, script), ...args], { ...cleanEnvironment(), PATH: environment.PATH, ...env })
}

/** Runs one of the project's TypeScript files to its end. */
export async function runScript(
  script: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null, stdout: string, output: string }> {
  const { ended, output, stdout } = startScript(script, args, env)
  return { code: await ended, stdout: stdout(), output: output() }
}
