// npm run auto-sync -- reschedule gives every schedule in the database the new key and address, after a change of
// CRON_API_KEY or APP_URL.
import { createServices } from '../server/start/services.ts'
import { rescheduleMailImports } from '../server/usecases/mail/reschedule-mail-imports.ts'

if (process.argv[2] !== 'reschedule') {
  console.error('Usage: npm run auto-sync -- reschedule')
  process.exit(2)
}
try {
  const services = await createServices({ ...process.env, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' })
  const count = await rescheduleMailImports(services.deps)
  await services.close()
  console.log(
    `${count} ${count === 1 ? 'schedule has' : 'schedules have'} the current key.`
    + ' The former key can be removed from CRON_API_KEYS_RETIRED.',
  )
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
