// npm test installs what is missing and runs every test. Arguments go to vitest: npm test -- --project unit
import { ensureInstalled, run } from '../rigs/lib.mjs'

ensureInstalled()
run('nuxt', ['prepare', '--logLevel', 'silent'])
run('vitest', ['run', ...process.argv.slice(2)])
