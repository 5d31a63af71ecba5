// npm run deploy -- [--dry-run] brings a self-hosted Supabase (Coolify, Docker) to this version: it checks the
// environment, applies the migrations and copies the Edge Functions. It prints what it does, and never a secret.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { migrate, type SqlSession } from '../server/embedded/migrate.ts'
import { readConfig } from '../server/start/config.ts'
import { resolveKeys } from '../server/start/key-providers.ts'
import { root } from '../rigs/lib.mjs'

const FUNCTIONS = ['import-emails', 'extract-nuggets']
const dryRun = process.argv.includes('--dry-run')
const env = process.env

/** Returns every problem at once, by the name of its variable. */
async function check(): Promise<string[]> {
  const problems: string[] = []
  try {
    readConfig(await resolveKeys(env))
  } catch (error) {
    const lines = (error as Error).message
      .split('\n')
      .filter(line => line.startsWith('  - '))
      .map(line => line.slice(4))
    problems.push(...(lines.length ? lines : [(error as Error).message]))
  }
  if (!env.SUPABASE_URL)
    problems.push('SUPABASE_URL is not set: the address of your Supabase, such as https://supabase.example.com')
  if (!env.SUPABASE_DB_URL)
    problems.push(
      'SUPABASE_DB_URL is not set: postgres://postgres:<password>@<host>:5432/postgres,'
      + ' of a role that owns the schema public',
    )
  if (!env.SUPABASE_FUNCTIONS_DIR && env.COFFER_FUNCTIONS !== 'server')
    problems.push(
      'SUPABASE_FUNCTIONS_DIR is not set: the folder that the edge-functions container reads (volumes/functions).'
      + ' Or set COFFER_FUNCTIONS=server: then Coffer runs them itself',
    )
  return problems
}

async function pushMigrations(): Promise<void> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL })
  try {
    await client.connect()
  } catch (error) {
    throw new Error(
      `The database of SUPABASE_DB_URL could not be reached (${(error as { code?: string }).code ?? 'no code'}).`,
      { cause: error },
    )
  }
  try {
    const session: SqlSession = {
      exec: sql => client.query(sql),
      query: async <Row>(sql: string, values?: unknown[]) => ({
        rows: (await client.query(sql, values)).rows as Row[],
      }),
    }
    if (dryRun) {
      const { rows } = await client.query('select to_regclass(\'supabase_migrations.coffer_applied\') as there')
      const applied = rows[0]?.there
        ? new Set(
            (await client.query('select version from supabase_migrations.coffer_applied')).rows.map(
              row => row.version as string,
            ),
          )
        : new Set<string>()
      const files = (await readdir(join(root, 'supabase/migrations'))).filter(
        file => file.endsWith('.sql') && !applied.has(file.slice(0, 14)),
      )
      console.log(`migrations: ${files.length ? `would apply ${files.join(', ')}` : 'nothing to do'}`)
    } else {
      const done = await migrate(session, join(root, 'supabase/migrations'))
      console.log(`migrations: ${done.length ? `applied ${done.join(', ')}` : 'nothing to do'}`)
    }
  } finally {
    await client.end()
  }
}

/**
 * Copies the functions as Supabase's edge runtime reads them: each in its own folder with the versions of its packages,
 * beside the folder that they share.
 */
async function pushFunctions(target: string): Promise<void> {
  if (dryRun) {
    console.log(`functions: would copy ${FUNCTIONS.join(', ')} to ${target}`)
    return
  }
  const source = join(root, 'supabase/functions')
  const { imports } = JSON.parse(await readFile(join(source, 'deno.json'), 'utf8')) as {
    imports: Record<string, string>
  }
  await mkdir(target, { recursive: true })
  for (const name of [...FUNCTIONS, '_shared']) await cp(join(source, name), join(target, name), { recursive: true })
  for (const name of FUNCTIONS)
    await writeFile(join(target, name, 'deno.json'), `${JSON.stringify({ imports }, null, 2)}\n`)
  console.log(`functions: copied ${FUNCTIONS.join(', ')} to ${target}. Restart the edge-functions container`)
}

const problems = await check()
if (problems.length) {
  const count = problems.length === 1 ? 'One setting needs' : `${problems.length} settings need`
  const list = problems.map(problem => `  - ${problem}`).join('\n')
  console.error(`Nothing was changed. ${count} attention:\n${list}`)
  process.exit(1)
}
const hints = [
  env.CRON_API_KEY ? '' : ' (CRON_API_KEY is not set: Coffer\'s own scheduler imports mail)',
  env.CRON_SECRET ? '' : ' (CRON_SECRET is not set: no scheduler can call from outside)',
]
console.log(`environment: ok${hints.join('')}`)
try {
  await pushMigrations()
  if (env.SUPABASE_FUNCTIONS_DIR) await pushFunctions(env.SUPABASE_FUNCTIONS_DIR)
  console.log(dryRun ? 'Nothing was changed.' : 'Done. Now start the new version of Coffer.')
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
