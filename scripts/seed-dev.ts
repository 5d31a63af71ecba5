// npm run dev runs this script. It signs in as the demo person of a development server and connects a sandbox account,
// as a browser would. It does so once per data folder, so that an account that somebody deleted stays deleted.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Person } from '../rigs/person.ts'

const DEMO = 'demo@coffer.test'
const [url, dataDir] = [process.env.APP_URL!, resolve(process.env.COFFER_DATA_DIR!)]
const mark = join(dataDir, 'seeded')

async function connect(): Promise<string> {
  const { demoPassword } = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')) as { demoPassword: string }
  const demo = new Person(url)
  const session = await demo.json('/api/session', { json: { email: DEMO, password: demoPassword } })
  if (session.status >= 300) throw new Error(`the demo person cannot sign in (status ${session.status})`)
  await demo.connectSandbox()
  return 'the sandbox account of Ada Lovelace'
}

if (existsSync(mark)) process.exit(0)
try {
  console.log(await connect())
  writeFileSync(mark, `${new Date().toISOString()}\n`)
} catch (error) {
  console.error(`  The sandbox account could not be connected: ${(error as Error).message}`)
  process.exit(1)
}
