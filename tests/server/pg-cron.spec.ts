import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp, until, type RunningApp } from '../support/app.ts'
import { hasPgCron, startCronDatabase, type CronDatabase } from '../support/debian-postgres.ts'

const CRON_SECRET = 'a secret with \'quotes\' and "more", of the tests'

describe.skipIf(!hasPgCron)('PostgreSQL 15 with the real pg_cron', () => {
  let database: CronDatabase
  let app: RunningApp
  beforeAll(async () => {
    [database, app] = await Promise.all([startCronDatabase(), startApp({ env: { CRON_SECRET } })])
    await database.migrate()
  })
  afterAll(async () => {
    await app.stop()
    await database.stop()
  })
  const jobs = () => database.sql('select jobname, schedule, command from cron.job where jobname like \'coffer-%\' order by jobname')

  it('schedules the jobs, with no secret in what cron.job shows, and again in place', async () => {
    expect(await database.as('service_role', `select * from public.schedule_jobs('${app.url}', 'a first secret of the tests')`)).toEqual([
      { job_name: 'token-refresh', job_schedule: '*/5 * * * *' }, { job_name: 'maintenance', job_schedule: '*/10 * * * *' },
    ])
    await database.as('service_role', `select * from public.schedule_jobs('${app.url}', '${CRON_SECRET.replaceAll('\'', '\'\'')}')`)
    expect(await jobs()).toEqual([
      { jobname: 'coffer-maintenance', schedule: '*/10 * * * *', command: 'select private.call_job(\'maintenance\')' },
      { jobname: 'coffer-token-refresh', schedule: '*/5 * * * *', command: 'select private.call_job(\'token-refresh\')' },
    ])
  })

  it('pg_cron calls Coffer by itself, and Coffer lets it in', async () => {
    // Its shortest interval is a minute.
    await database.sql('update cron.job set schedule = \'* * * * *\' where jobname = \'coffer-token-refresh\'')
    const [run] = await until('pg_cron to run the job', async () => {
      const rows = await database.sql('select status, return_message from cron.job_run_details where command like \'%token-refresh%\' and status in (\'succeeded\', \'failed\')')
      return rows.length ? rows : undefined
    }, 90_000)
    expect(run).toMatchObject({ status: 'succeeded', return_message: expect.any(String) })
    expect(app.output()).toMatch(/"path":"\/api\/cron\/token-refresh","status":200/)
    expect(app.output()).not.toContain(CRON_SECRET)
  }, 120_000)

  it('a refusal fails the run, where the operator sees it', async () => {
    await database.sql('update private.job_secrets set secret = \'wrong\'')
    await expect(database.sql('select private.call_job(\'token-refresh\')')).rejects.toThrow('Coffer answered with 401')
  })

  it.each(['http://coffer.example.com', 'https://coffer.example.com/path', 'https://x\'; drop table integrations; --', 'javascript:alert(1)', ''])('refuses the address %j', async (url) => {
    await expect(database.sql('select * from public.schedule_jobs($1, $2)', [url, CRON_SECRET])).rejects.toThrow('the address must be https')
  })

  it('is for service_role alone', async () => {
    for (const role of ['anon', 'authenticated']) {
      await expect(database.as(role, 'select * from public.schedule_jobs(\'https://evil.example\', \'0123456789abcdef\')')).rejects.toThrow('permission denied')
      await expect(database.as(role, 'select public.unschedule_jobs()')).rejects.toThrow('permission denied')
    }
    for (const role of ['anon', 'authenticated', 'service_role']) {
      await expect(database.as(role, 'select * from private.job_secrets')).rejects.toThrow('permission denied')
      await expect(database.as(role, 'select private.read_secret(\'coffer_cron_secret\')')).rejects.toThrow('permission denied')
    }
  })

  it('ends them, and forgets the secret', async () => {
    expect(await database.as('service_role', 'select public.unschedule_jobs()')).toEqual([{ unschedule_jobs: 2 }])
    expect(await jobs()).toEqual([])
    expect(await database.sql('select * from private.job_secrets')).toEqual([])
    expect(await database.as('service_role', 'select public.unschedule_jobs()')).toEqual([{ unschedule_jobs: 0 }])
  })
})

describe.skipIf(!hasPgCron)('PostgreSQL 15 without pg_cron', () => {
  it('takes the migrations all the same, and says what is missing when it is asked to schedule', async () => {
    const database = await startCronDatabase({ cron: false, http: false })
    await database.migrate()
    await expect(database.sql('select * from public.schedule_jobs(\'https://coffer.example.com\', \'0123456789abcdef\')')).rejects.toThrow('pg_cron is not enabled')
    expect(await database.sql('select public.unschedule_jobs()')).toEqual([{ unschedule_jobs: 0 }])
    await database.stop()
  })
})

describe.skipIf(!hasPgCron)('a database with pg_net and Supabase Vault', () => {
  it('uses both: the secret lies in the Vault, and the request goes through pg_net', async () => {
    // The interfaces of both, as Supabase has them, keeping what they are given.
    const database = await startCronDatabase({ http: false })
    await database.sql(`
      create schema vault; create table vault.secrets (id uuid primary key default gen_random_uuid(), name text, secret text);
      create view vault.decrypted_secrets as select id, name, secret as decrypted_secret from vault.secrets;
      create function vault.create_secret(new_secret text, new_name text) returns uuid language sql as $$ insert into vault.secrets (name, secret) values (new_name, new_secret) returning id $$;
      create function vault.update_secret(secret_id uuid, new_secret text) returns void language sql as $$ update vault.secrets set secret = new_secret where id = secret_id $$;
      create schema net; create table net.sent (url text, body jsonb, headers jsonb, timeout integer);
      create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000) returns bigint
      language sql as $$ insert into net.sent values (url, body, headers, timeout_milliseconds) returning 1::bigint $$;`)
    await database.migrate()
    for (const secret of ['the first secret of all', 'the second secret of all']) await database.sql('select * from public.schedule_jobs(\'https://coffer.example.com\', $1)', [secret])
    await database.sql('select private.call_job(\'maintenance\')')
    expect(await database.sql('select * from private.job_secrets')).toEqual([])
    expect(await database.sql('select secret from vault.secrets')).toEqual([{ secret: 'the second secret of all' }])
    expect(await database.sql('select url, headers ->> \'authorization\' as authorization, timeout from net.sent')).toEqual([{ url: 'https://coffer.example.com/api/cron/maintenance', authorization: 'Bearer the second secret of all', timeout: 60_000 }])
    await database.stop()
  })
})
