// npm start installs what is missing, builds what has changed, and runs the server.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, environment, node, root } from '../rigs/lib.mjs'

ensureInstalled()
ensureBuilt()

const envFile = join(root, '.env')
const args = [...(existsSync(envFile) ? [`--env-file=${envFile}`] : []), join(root, '.output', 'server', 'index.mjs')]
const server = spawn(node, args, { cwd: root, env: environment, stdio: 'inherit' })
// The server ends itself in order; this process only waits for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
server.on('exit', (code, signal) => process.exit(signal ? 0 : (code ?? 1)))
