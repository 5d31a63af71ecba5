// node bench/scale.ts measures the queries whose time must not grow with the table, at a thousand, a hundred thousand
// and a million integrations of one tenant: the claim of 100 due rows, the number of due rows by type, and a page of
// 50. It also records their plans.
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { startPostgresRig } from '../rigs/postgres-rig.ts'
import { signUp } from '../rigs/rest-user.ts'

const SIZES = [1000, 100_000, 1_000_000]
const ROUNDS = 60
const rig = await startPostgresRig()
const user = await signUp(rig)
const CLAIMS = JSON.stringify({ sub: user.id, role: 'authenticated' })

/** Adds rows with a sealed config of 700 bytes. */
async function fill(from: number, to: number): Promise<void> {
  await rig.sql(`set session_replication_role = replica;
    insert into integrations (id, organization_id, integration_type, name, external_account_id, config, expires_at,
      next_check_at, created_at, status)
    select md5(n::text)::uuid, '${user.id}', (array['discord', 'spotify', 'github', 'google_gmail'])[1 + n % 4],
      'integration ' || n, 'account-' || n,
      jsonb_build_object('access_token', 'AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.' || repeat('A', 600)),
      now() + interval '1 h', now() + interval '1 day', now() - n * interval '1 s',
      case when n % 50 = 0 then 'needs_reauth' else 'active' end
    from generate_series(${from + 1}, ${to}) n;
    insert into credential_state (integration_id, organization_id, integration_type, encryption_key_id, refreshable,
      next_refresh_at, attention_from)
    select i.id, i.organization_id, i.integration_type, 'k1', i.status = 'active',
      now() + interval '1 h' + n * interval '1 ms', case when i.status <> 'active' then now() end
    from generate_series(${from + 1}, ${to}) n join integrations i on i.id = md5(n::text)::uuid;
    set session_replication_role = origin`)
  await rig.sql('vacuum analyze public.integrations')
  await rig.sql('vacuum analyze public.credential_state')
}

async function timed(sql: string, asUser: boolean): Promise<{ medianMs: number, plan: string[] }> {
  const times: number[] = []
  const role = asUser ? `set local role authenticated; select set_config('request.jwt.claims', '${CLAIMS}', true);` : ''
  for (let round = 0; round < ROUNDS; round++) {
    // EXPLAIN's own time excludes the connection to the client. The rollback gives each round the same rows.
    const rows = await explain(`begin; ${role} explain (analyze, format json) ${sql}; rollback`)
    times.push(rows['Execution Time'])
  }
  return { medianMs: Math.round(times.sort((a, b) => a - b)[ROUNDS >> 1]! * 1000) / 1000, plan: await inner(sql, role) }
}

async function explain(text: string): Promise<{ 'Execution Time': number }> {
  const results = (await rig.session.exec(text)) as { rows: { 'QUERY PLAN': { 'Execution Time': number }[] }[] }[]
  return results.flatMap(({ rows }) => rows).find(row => row?.['QUERY PLAN'])!['QUERY PLAN'][0]!
}

/** Returns the plan of the query inside the function from auto_explain, because EXPLAIN does not show it. */
async function inner(sql: string, role: string): Promise<string[]> {
  const notices: string[] = []
  const pg = await import('pg')
  const client = new pg.default.Client({ connectionString: rig.connectionString })
  await client.connect()
  client.on('notice', ({ message }) => notices.push(message ?? ''))
  await client.query(
    `load 'auto_explain';
     set auto_explain.log_min_duration = 0;
     set auto_explain.log_nested_statements = on;
     set auto_explain.log_analyze = on;
     set auto_explain.log_timing = off;
     set client_min_messages = log`,
  )
  await client.query(`begin; ${role} ${sql}; rollback`)
  await client.end()
  const plan = notices
    .filter(notice => notice.includes('Query Text'))
    .find(notice => /on (integrations|credential_state)/.test(notice))
  return (plan ?? '')
    .split('\n')
    .filter(line => /->|Index Cond|Filter|Sort Key|Limit|Update on/.test(line))
    .map(line => line.trimEnd())
    .slice(0, 30)
}

const QUERIES: Record<string, [string, boolean]> = {
  'claim of 100 due': [
    'select id from public.claim_due_refreshes(\'discord\', gen_random_uuid(), 100, 60, now())',
    false,
  ],
  'what is due, by type': ['select public.due_refreshes(now())', false],
  'claim of 20 due checks': [
    'select id from public.claim_due_health_checks(20, now() + interval \'15 min\', now())',
    false,
  ],
  'list page of 50, first': ['select id from public.list_integrations(p_limit => 50)', true],
  'list page of 50, deep': [
    `select id from public.list_integrations(p_before_at => now() - interval '900 s',
       p_before_id => '00000000-0000-0000-0000-000000000000', p_limit => 50)`,
    true,
  ],
  'list of what needs attention': [
    'select id from public.list_integrations(p_status => \'attention\', p_limit => 20)',
    true,
  ],
}

const results: Record<string, Record<string, { medianMs: number, ratioToSmallest: number, plan: string[] }>> = {}
let filled = 0
for (const size of SIZES) {
  await fill(filled, size)
  filled = size
  await rig.sql(`set session_replication_role = replica;
    update credential_state set next_refresh_at = now() - interval '1 min' where integration_id in (
      select integration_id from credential_state
      where integration_type = 'discord' and refreshable and next_refresh_at > now()
      limit 100 - (select count(*) from credential_state where next_refresh_at < now() and refreshable)::int);
    set session_replication_role = origin`)
  await rig.sql('vacuum analyze public.credential_state')
  for (const [name, [sql, asUser]] of Object.entries(QUERIES)) {
    const { medianMs, plan } = await timed(sql, asUser)
    const smallest = results[name]?.[SIZES[0]!]?.medianMs ?? medianMs
    results[name] = {
      ...results[name],
      [size]: { medianMs, ratioToSmallest: Math.round((medianMs / smallest) * 100) / 100, plan },
    }
    console.log(size, name, medianMs, results[name]![size]!.ratioToSmallest)
  }
}
const file = {
  command: 'npm run bench:scale',
  at: new Date().toISOString(),
  cores: availableParallelism(),
  database: 'PostgreSQL 18, fsync off, one tenant has all rows',
  rounds: ROUNDS,
  results,
}
await writeFile(new URL('scale.json', import.meta.url), `${JSON.stringify(file, null, 2)}\n`)
await rig.stop()
process.exit(0)
