import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { userKey } from '../../server/utils/user-key.ts'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import {
  hasPgCron,
  NET_INTERFACE_SQL,
  startCronDatabase,
  VAULT_INTERFACE_SQL,
  type CronDatabase,
} from '../../rigs/debian-postgres.ts'
import { until } from '../../rigs/wait.ts'

const CRON_API_KEY = 'the-master-key-of-the-tests'
const CRON_SECRET = 'a secret with \'quotes\' and "more", of the tests'

const ANN = '11111111-1111-4111-8111-111111111111'
const BOB = '22222222-2222-4222-8222-222222222222'

describe.skipIf(!hasPgCron)(
  'PostgreSQL 15 with the real pg_cron (HTTP by a function of the http extension\'s signature)',
  () => {
    let database: CronDatabase
    let app: RunningApp
    beforeAll(async () => {
      ;[database, app] = await Promise.all([startCronDatabase(), startApp({ env: { CRON_SECRET, CRON_API_KEY } })])
      await database.migrate()
      await database.sql(
        `insert into auth.users (id, email) values ('${ANN}', 'ann@example.com'), ('${BOB}', 'bob@example.com')`,
      )
    })
    afterAll(async () => {
      await app.stop()
      await database.stop()
    })
    const jobs = () =>
      database.sql('select jobname, schedule, command from cron.job where jobname like \'coffer-%\' order by jobname')

    it('Scheduling the jobs twice leaves one schedule per job, and cron.job shows no secret', async () => {
      expect(
        await database.as(
          'service_role',
          `select * from public.schedule_jobs('${app.url}', 'a first secret of the tests')`,
        ),
      ).toEqual([
        { job_name: 'token-refresh', job_schedule: '*/5 * * * *' },
        { job_name: 'maintenance', job_schedule: '*/10 * * * *' },
        { job_name: 'platform-polling', job_schedule: '*/30 * * * *' },
        { job_name: 'scans', job_schedule: '*/5 * * * *' },
      ])
      await database.as(
        'service_role',
        `select * from public.schedule_jobs('${app.url}', '${CRON_SECRET.replaceAll('\'', '\'\'')}')`,
      )
      expect(await jobs()).toEqual([
        {
          jobname: 'coffer-maintenance',
          schedule: '*/10 * * * *',
          command: 'select private.call_job(\'maintenance\')',
        },
        {
          jobname: 'coffer-platform-polling',
          schedule: '*/30 * * * *',
          command: 'select private.call_job(\'platform-polling\')',
        },
        { jobname: 'coffer-scans', schedule: '*/5 * * * *', command: 'select private.call_job(\'scans\')' },
        {
          jobname: 'coffer-token-refresh',
          schedule: '*/5 * * * *',
          command: 'select private.call_job(\'token-refresh\')',
        },
      ])
    })

    it('Scheduling a user\'s sync twice leaves one schedule, and its job contains no key', async () => {
      const schedule = (interval: number) =>
        database.as(
          'service_role',
          `select public.schedule_auto_sync(
             '${ANN}', ${interval}, '${app.url}/api/cron/auto-sync', '${userKey(CRON_API_KEY, ANN)}') as id`,
        )
      const [first] = await schedule(60)
      expect(await schedule(90)).toEqual([first])
      expect(
        await database.sql('select jobid, jobname, command from cron.job where jobname like \'coffer-auto-sync-%\''),
      ).toEqual([
        { jobid: first!.id, jobname: `coffer-auto-sync-${ANN}`, command: `select private.run_auto_sync_job('${ANN}')` },
      ])
      expect(await database.sql('select interval_minutes, cron_job_id from auto_sync_jobs')).toEqual([
        { interval_minutes: 90, cron_job_id: first!.id },
      ])
    })

    it('pg_cron calls the jobs and a user\'s sync by itself, and Coffer accepts the calls', async () => {
      // Its shortest interval is a minute.
      await database.sql(
        `update cron.job set schedule = '* * * * *'
         where jobname = 'coffer-token-refresh' or jobname like 'coffer-auto-sync-%'`,
      )
      const runs = await until(
        'pg_cron to run the jobs',
        async () => {
          const rows = await database.sql(
            `select status, return_message from cron.job_run_details
             where (command like '%token-refresh%' or command like '%run_auto_sync_job%')
               and status in ('succeeded', 'failed')`,
          )
          return rows.length >= 2 ? rows : undefined
        },
        90_000,
      )
      for (const run of runs) expect(run).toMatchObject({ status: 'succeeded', return_message: expect.any(String) })
      expect(app.output()).toMatch(/"path":"\/api\/cron\/auto-sync","status":200/)
      // Its turn is over: what fires again before the interval has passed does nothing.
      const calls = () => app.output().split('"path":"/api/cron/auto-sync"').length - 1
      const before = calls()
      await database.sql(`select private.run_auto_sync_job('${ANN}')`)
      expect(calls()).toBe(before)
      await database.sql('update auto_sync_jobs set next_run_at = now()')
      await Promise.all([1, 2, 3].map(() => database.sql(`select private.run_auto_sync_job('${ANN}')`)))
      await until('the call', () => calls() > before)
      expect(calls()).toBe(before + 1)
      expect(app.output()).toMatch(/"path":"\/api\/cron\/token-refresh","status":200/)
      expect(app.output()).not.toContain(CRON_SECRET)
    }, 120_000)

    it('A call that Coffer refuses fails the run of pg_cron, where the operator sees it', async () => {
      await database.sql('update private.job_secrets set secret = \'wrong\'')
      await expect(database.sql('select private.call_job(\'token-refresh\')')).rejects.toThrow(
        'Coffer answered with 401',
      )
    })

    it.each([
      'http://coffer.example.com',
      'https://coffer.example.com/path',
      'https://x\'; drop table integrations; --',
      'javascript:alert(1)',
      '',
    ])('Scheduling the jobs for the address %j is refused', async (url) => {
      await expect(database.sql('select * from public.schedule_jobs($1, $2)', [url, CRON_SECRET])).rejects.toThrow(
        'the address must be https',
      )
    })

    it.each<[number, RegExp]>([
      [5, /^[0-4]-59\/5 \* \* \* \*$/],
      [7, /^0-59\/1 /],
      [15, /^\d+-59\/15 /],
      [45, /^\d+-59\/15 /],
      [60, /^\d+ 0-23\/1 \* \* \*$/],
      [90, /^\d+-59\/30 /],
      [420, /^\d+ 0-23\/1 /],
      [720, /^\d+ \d+-23\/12 /],
      [1440, /^\d+ \d+ \* \* \*$/],
      [2880, /^\d+ \d+ \* \* \*$/],
      [10_080, /^\d+ \d+ \* \* \*$/],
    ])('A sync every %i minutes gets a frequent enough schedule that pg_cron accepts', async (interval, cron) => {
      const [{ schedule }] = (await database.sql('select private.auto_sync_cron($1, $2) as schedule', [
        BOB,
        interval,
      ])) as [{ schedule: string }]
      expect(schedule).toMatch(cron)
      const [{ id }] = (await database.sql('select cron.schedule(\'probe\', $1, \'select 1\') as id', [schedule])) as [
        { id: string },
      ]
      await database.sql('select cron.unschedule($1::bigint)', [id])
    })

    it.each<[string, unknown[], string]>([
      ['an interval of four minutes', [4, 'https://x.example/', 'k'.repeat(20)], 'the interval must be'],
      ['an interval of more than a week', [10_081, 'https://x.example/', 'k'.repeat(20)], 'the interval must be'],
      ['no interval', [null, 'https://x.example/', 'k'.repeat(20)], 'the interval must be'],
      ['plain http', [60, 'http://x.example/', 'k'.repeat(20)], 'the webhook must be'],
      [
        'SQL in the address',
        [60, 'https://x.example/\'); drop table signals; --', 'k'.repeat(20)],
        'the webhook must be',
      ],
      ['SQL in the key', [60, 'https://x.example/', '\'); drop table signals; --'], 'the key must be'],
      ['a line break in the key', [60, 'https://x.example/', `${'k'.repeat(20)}\r\nX-Evil: 1`], 'the key must be'],
    ])('Scheduling a sync with %s is refused with the reason', async (_what, values, reason) => {
      await expect(database.sql('select public.schedule_auto_sync($1, $2, $3, $4)', [BOB, ...values])).rejects.toThrow(
        reason,
      )
      expect(await database.sql('select to_regclass(\'public.signals\')::text as signals')).toEqual([
        { signals: 'signals' },
      ])
      expect(await database.sql(`select 1 from auto_sync_jobs where user_id = '${BOB}'`)).toEqual([])
    })

    it('A user sees only their own sync job, without its key, and can change none', async () => {
      await database.sql('select public.schedule_auto_sync($1, 60, $2, $3)', [
        BOB,
        'https://x.example/',
        'k'.repeat(20),
      ])
      const ann = { sub: ANN, role: 'authenticated' }
      expect(await database.as('authenticated', 'select user_id from auto_sync_jobs', ann)).toEqual([{ user_id: ANN }])
      for (const query of [
        'select api_key from auto_sync_jobs',
        'select * from auto_sync_jobs',
        'update auto_sync_jobs set enabled = false',
        'delete from auto_sync_jobs',
        `select public.unschedule_auto_sync('${BOB}')`,
        `select public.trigger_auto_sync('${BOB}', 'https://evil.example', 'k')`,
        `select public.schedule_auto_sync('${ANN}', 60, 'https://evil.example/', 'kkkkkkkkkkkkkkkk')`,
      ]) {
        await expect(database.as('authenticated', query, ann)).rejects.toThrow('permission denied')
        await expect(database.as('anon', query)).rejects.toThrow('permission denied')
      }
      expect(await database.as('service_role', `select public.unschedule_auto_sync('${BOB}') as ended`)).toEqual([
        { ended: true },
      ])
      // A user who goes takes the schedule along.
      await database.sql(`delete from auth.users where id = '${ANN}'`)
      expect(await database.sql('select * from cron.job where jobname like \'coffer-auto-sync-%\'')).toEqual([])
    })

    it('Only service_role can schedule jobs, and no API role can read their secrets', async () => {
      for (const role of ['anon', 'authenticated']) {
        await expect(
          database.as(role, 'select * from public.schedule_jobs(\'https://evil.example\', \'0123456789abcdef\')'),
        ).rejects.toThrow('permission denied')
        await expect(database.as(role, 'select public.unschedule_jobs()')).rejects.toThrow('permission denied')
      }
      for (const role of ['anon', 'authenticated', 'service_role']) {
        await expect(database.as(role, 'select * from private.job_secrets')).rejects.toThrow('permission denied')
        await expect(database.as(role, 'select private.read_secret(\'coffer_cron_secret\')')).rejects.toThrow(
          'permission denied',
        )
      }
    })

    it('Unscheduling the jobs deletes them and their secret', async () => {
      expect(await database.as('service_role', 'select public.unschedule_jobs()')).toEqual([{ unschedule_jobs: 4 }])
      expect(await jobs()).toEqual([])
      expect(await database.sql('select * from private.job_secrets')).toEqual([])
      expect(await database.as('service_role', 'select public.unschedule_jobs()')).toEqual([{ unschedule_jobs: 0 }])
    })
  },
)

describe.skipIf(!hasPgCron)('PostgreSQL 15 without pg_cron', () => {
  it('A database without pg_cron accepts the migrations and names what is missing when it must schedule', async () => {
    const database = await startCronDatabase({ cron: false, http: false })
    await database.migrate()
    await expect(
      database.sql('select * from public.schedule_jobs(\'https://coffer.example.com\', \'0123456789abcdef\')'),
    ).rejects.toThrow('pg_cron is not enabled')
    expect(await database.sql('select public.unschedule_jobs()')).toEqual([{ unschedule_jobs: 0 }])
    await database.stop()
  })
})

describe.skipIf(!hasPgCron)('a database with pg_net and Supabase Vault', () => {
  it('With Supabase Vault and pg_net, the Vault stores the secret and pg_net sends the request', async () => {
    // The interfaces of both, as Supabase has them, keeping what they are given.
    const database = await startCronDatabase({ http: false })
    await database.sql(VAULT_INTERFACE_SQL + NET_INTERFACE_SQL)
    await database.migrate()
    for (const secret of ['the first secret of all', 'the second secret of all'])
      await database.sql('select * from public.schedule_jobs(\'https://coffer.example.com\', $1)', [secret])
    await database.sql('select private.call_job(\'maintenance\')')
    // A user's key as well; and what is given to the trigger reaches the request as it is, not as SQL.
    await database.sql(`insert into auth.users (id) values ('${ANN}')`)
    await database.sql(
      'select public.schedule_auto_sync($1, 60, \'https://coffer.example.com/api/cron/auto-sync\', $2)',
      [ANN, 'the-key-of-ann-0123456789'],
    )
    expect(await database.sql('select api_key from auto_sync_jobs')).toEqual([{ api_key: null }])
    await database.sql('select private.run_auto_sync_job($1)', [ANN])
    await database.sql('select public.trigger_auto_sync($1, $2, $3)', [
      ANN,
      'https://x.example/\'); drop table signals; --',
      '\'); drop table signals; --',
    ])
    expect(
      await database.sql(
        'select url, body, headers ->> \'x-cron-api-key\' as key from net.sent where headers ? \'x-cron-api-key\'',
      ),
    ).toEqual([
      {
        url: 'https://coffer.example.com/api/cron/auto-sync',
        body: { user_id: ANN },
        key: 'the-key-of-ann-0123456789',
      },
      {
        url: 'https://x.example/\'); drop table signals; --',
        body: { user_id: ANN },
        key: '\'); drop table signals; --',
      },
    ])
    await database.sql('select public.unschedule_auto_sync($1)', [ANN])
    expect(await database.sql('select * from private.job_secrets')).toEqual([])
    expect(await database.sql('select secret from vault.secrets')).toEqual([{ secret: 'the second secret of all' }])
    expect(
      await database.sql(
        `select url, headers ->> 'authorization' as authorization, timeout from net.sent
         where headers ? 'authorization'`,
      ),
    ).toEqual([
      {
        url: 'https://coffer.example.com/api/cron/maintenance',
        authorization: 'Bearer the second secret of all',
        timeout: 60_000,
      },
    ])
    await database.stop()
  })
})
