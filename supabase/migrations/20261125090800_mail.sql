-- Mail import: a schedule in the database calls Coffer's webhook with a small key; Coffer holds the service key and
-- does the work. This file also works without pg_cron and http: Coffer's own scheduler runs the jobs that no database
-- schedules.

create table public.auto_sync_jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null unique references auth.users (id) on delete cascade,
  integration_id uuid references public.integrations (id) on delete set null,
  cron_job_id bigint,
  interval_minutes integer not null default 60,
  webhook_url text,
  api_key text,
  enabled boolean not null default true,
  auto_process boolean not null default true,
  next_run_at timestamptz not null default now(),
  last_run_at timestamptz,
  last_status text,
  last_error text,
  lease_owner uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint auto_sync_jobs_interval_range check (interval_minutes between 5 and 10080),
  constraint auto_sync_jobs_webhook_length check (char_length(webhook_url) <= 500),
  constraint auto_sync_jobs_status_known check (last_status in ('success', 'failure')),
  constraint auto_sync_jobs_error_length check (char_length(last_error) <= 500),
  constraint auto_sync_jobs_key_length check (char_length(api_key) <= 200),
  constraint auto_sync_jobs_cron_job_range check (cron_job_id >= 0),
  constraint auto_sync_jobs_times_finite check (
    isfinite(next_run_at) and isfinite(last_run_at) and isfinite(lease_until) and isfinite(created_at)
    and isfinite(updated_at)
  )
);
create index auto_sync_jobs_due_idx on public.auto_sync_jobs (next_run_at) where enabled and cron_job_id is null;
create index auto_sync_jobs_integration_idx on public.auto_sync_jobs (integration_id);
create trigger touch_updated_at before update on public.auto_sync_jobs
for each row execute function private.touch_updated_at();
comment on table public.auto_sync_jobs is 'One row per user: the schedule on which their mail is imported.';
comment on column public.auto_sync_jobs.id is 'The id.';
comment on column public.auto_sync_jobs.user_id is 'The person.';
comment on column public.auto_sync_jobs.integration_id is 'The mailbox. Its password is sealed in that integration.';
comment on column public.auto_sync_jobs.cron_job_id is 'The job of pg_cron. Null when Coffer''s own scheduler runs it.';
comment on column public.auto_sync_jobs.interval_minutes is 'The interval in minutes, from 5 minutes to a week.';
comment on column public.auto_sync_jobs.webhook_url is 'The address at which pg_cron calls Coffer.';
comment on column public.auto_sync_jobs.api_key is
  'A key that starts the import of this one user and nothing else. Null where Supabase Vault holds it.';
comment on column public.auto_sync_jobs.enabled is 'Whether the import runs.';
comment on column public.auto_sync_jobs.auto_process is 'Whether nuggets are extracted right after an import.';
comment on column public.auto_sync_jobs.next_run_at is 'When it is due.';
comment on column public.auto_sync_jobs.last_run_at is 'When it ran last.';
comment on column public.auto_sync_jobs.last_status is 'The result of the last run.';
comment on column public.auto_sync_jobs.last_error is 'The reason for the failure, in words.';
comment on column public.auto_sync_jobs.lease_owner is 'The worker that has the lease.';
comment on column public.auto_sync_jobs.lease_until is 'When the lease ends by itself.';
comment on column public.auto_sync_jobs.created_at is 'When it was set up.';
comment on column public.auto_sync_jobs.updated_at is 'When it was changed last.';

create table public.auto_sync_runs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  status text not null,
  imported integer not null default 0,
  skipped integer not null default 0,
  nuggets integer not null default 0,
  error text,
  constraint auto_sync_runs_status_known check (status in ('success', 'failure')),
  constraint auto_sync_runs_error_length check (char_length(error) <= 500),
  constraint auto_sync_runs_counts_range check (imported >= 0 and skipped >= 0 and nuggets >= 0),
  constraint auto_sync_runs_times_finite check (isfinite(started_at) and isfinite(finished_at))
);
create index auto_sync_runs_user_idx on public.auto_sync_runs (user_id, started_at desc);
comment on table public.auto_sync_runs is 'The last runs of each user.';
comment on column public.auto_sync_runs.id is 'The id.';
comment on column public.auto_sync_runs.user_id is 'The person.';
comment on column public.auto_sync_runs.started_at is 'When it began.';
comment on column public.auto_sync_runs.finished_at is 'When it ended.';
comment on column public.auto_sync_runs.status is 'success or failure.';
comment on column public.auto_sync_runs.imported is 'Mails that were new.';
comment on column public.auto_sync_runs.skipped is 'Mails that were stored already.';
comment on column public.auto_sync_runs.nuggets is 'Nuggets that were new.';
comment on column public.auto_sync_runs.error is 'The reason for the failure, in words.';

create table public.signals (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  integration_id uuid references public.integrations (id) on delete set null,
  source text not null,
  external_id text not null,
  title text not null,
  sender text,
  body text not null,
  truncated boolean not null default false,
  occurred_at timestamptz not null,
  processed_at timestamptz,
  created_at timestamptz not null default now(),
  constraint signals_once unique (user_id, source, external_id),
  constraint signals_source_known check (source in ('email')),
  constraint signals_external_id_length check (char_length(external_id) between 1 and 128),
  constraint signals_title_length check (char_length(title) <= 500),
  constraint signals_sender_length check (char_length(sender) <= 320),
  constraint signals_body_size check (octet_length(body) <= 262144),
  constraint signals_times_finite check (isfinite(occurred_at) and isfinite(processed_at) and isfinite(created_at))
);
create index signals_user_idx on public.signals (user_id, occurred_at desc, id);
create index signals_unprocessed_idx on public.signals (user_id, occurred_at, id) where processed_at is null;
create index signals_integration_idx on public.signals (integration_id);
comment on table public.signals is 'The mail that was imported, one row per mail.';
comment on column public.signals.id is 'The id.';
comment on column public.signals.user_id is 'The person.';
comment on column public.signals.integration_id is 'The mailbox that it was imported from.';
comment on column public.signals.source is 'email.';
comment on column public.signals.external_id is 'An id that is the same for the same mail, even when its UID changes.';
comment on column public.signals.title is 'The subject.';
comment on column public.signals.sender is 'The sender.';
comment on column public.signals.body is 'The text.';
comment on column public.signals.truncated is 'Whether the text was cut.';
comment on column public.signals.occurred_at is 'When it was sent.';
comment on column public.signals.processed_at is 'When nuggets were extracted.';
comment on column public.signals.created_at is 'When it was imported.';

create table public.mailbox_cursors (
  integration_id uuid primary key references public.integrations (id) on delete cascade,
  uid_validity text not null,
  last_uid bigint not null,
  updated_at timestamptz not null default now(),
  constraint mailbox_cursors_range check (char_length(uid_validity) <= 40 and last_uid >= 0),
  constraint mailbox_cursors_times_finite check (isfinite(updated_at))
);
comment on table public.mailbox_cursors is 'How far each mailbox has been imported.';
comment on column public.mailbox_cursors.integration_id is 'The mailbox.';
comment on column public.mailbox_cursors.uid_validity is 'The numbering that last_uid belongs to.';
comment on column public.mailbox_cursors.last_uid is 'The last mail that was imported.';
comment on column public.mailbox_cursors.updated_at is 'When it last moved.';

create table public.nuggets (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  signal_id uuid not null references public.signals (id) on delete cascade,
  kind text not null,
  text text not null,
  value jsonb not null default '{}',
  position integer not null default 0,
  created_at timestamptz not null default now(),
  constraint nuggets_once unique (signal_id, kind, text),
  constraint nuggets_kind_known check (kind in ('link', 'date', 'deadline', 'amount', 'task', 'decision')),
  constraint nuggets_text_length check (char_length(text) between 1 and 500),
  constraint nuggets_value_size check (octet_length(value::text) <= 16384 and position >= 0),
  constraint nuggets_times_finite check (isfinite(created_at))
);
create index nuggets_user_idx on public.nuggets (user_id, created_at desc, signal_id, position);
comment on table public.nuggets is 'Facts that were found in mail: links, dates, amounts, tasks.';
comment on column public.nuggets.id is 'The id.';
comment on column public.nuggets.user_id is 'The person.';
comment on column public.nuggets.signal_id is 'The mail.';
comment on column public.nuggets.kind is 'link, date, deadline, amount, task or decision.';
comment on column public.nuggets.text is 'The words in the mail.';
comment on column public.nuggets.value is 'The meaning of the words, as data.';
comment on column public.nuggets.position is 'The position in the mail, so that a list has the order of the mail.';
comment on column public.nuggets.created_at is 'When it was found.';

alter table public.auto_sync_jobs enable row level security;
alter table public.auto_sync_runs enable row level security;
alter table public.signals enable row level security;
alter table public.mailbox_cursors enable row level security;
alter table public.nuggets enable row level security;
revoke all on
  public.auto_sync_jobs, public.auto_sync_runs, public.signals, public.mailbox_cursors, public.nuggets
from anon, authenticated;
grant all on
  public.auto_sync_jobs, public.auto_sync_runs, public.signals, public.mailbox_cursors, public.nuggets
to service_role;

-- People see their own job: every column except the key and the lease.
grant select (
  id, user_id, integration_id, cron_job_id, interval_minutes, webhook_url, enabled, auto_process, next_run_at,
  last_run_at, last_status, last_error, created_at, updated_at
) on public.auto_sync_jobs to authenticated;
grant select on public.auto_sync_runs to authenticated;
grant select, delete on public.signals, public.nuggets to authenticated;
create policy auto_sync_jobs_own on public.auto_sync_jobs for select to authenticated
  using (user_id = (select auth.uid()));
create policy auto_sync_runs_own on public.auto_sync_runs for select to authenticated
  using (user_id = (select auth.uid()));
create policy signals_own on public.signals for select to authenticated using (user_id = (select auth.uid()));
create policy signals_own_delete on public.signals for delete to authenticated using (user_id = (select auth.uid()));
create policy nuggets_own on public.nuggets for select to authenticated using (user_id = (select auth.uid()));
create policy nuggets_own_delete on public.nuggets for delete to authenticated using (user_id = (select auth.uid()));

-- The schedule --------------------------------------------------------------------------------------------------------

create function private.auto_sync_cron(p_user_id uuid, p_interval integer) returns text
language plpgsql immutable set search_path = ''
as $$
declare
  spread integer := ('x' || substr(md5(p_user_id::text), 1, 6))::bit(24)::integer;
  minutes integer;
  hours integer;
begin
  select max(n) into hours from unnest(array[1, 2, 3, 4, 6, 8, 12, 24]) n where p_interval % (n * 60) = 0;
  if hours = 24 then
    return format('%s %s * * *', spread % 60, spread % 24);
  elsif hours is not null then
    return format('%s %s-23/%s * * *', spread % 60, spread % hours, hours);
  end if;
  select max(n) into minutes from unnest(array[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30]) n where p_interval % n = 0;
  return format('%s-59/%s * * * *', spread % minutes, minutes);
end
$$;
comment on function private.auto_sync_cron is
  'The cron expression that lets an interval be kept. */n starts again with every hour and every day, so it can '
  'express only intervals that divide these. For any other interval (90 minutes, 7 hours) cron runs more often, and '
  'next_run_at decides. Each user has their own minute, so that not everyone runs at the full hour.';

create function public.trigger_auto_sync(p_user_id uuid, p_webhook_url text, p_api_key text) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.post(p_webhook_url, 'x-cron-api-key', p_api_key, jsonb_build_object('user_id', p_user_id), 300000);
end
$$;
comment on function public.trigger_auto_sync is
  'Calls the webhook with the given address and key. People call it at the SQL prompt, and the jobs call it too.';

create function private.run_auto_sync_job(p_user_id uuid) returns void
language plpgsql set search_path = ''
as $$
declare
  job public.auto_sync_jobs;
begin
  update public.auto_sync_jobs j set next_run_at = now() + make_interval(mins => j.interval_minutes)
  -- A cron run that comes a moment early does not lose its turn.
  where j.user_id = p_user_id and j.enabled and j.next_run_at <= now() + interval '30 seconds'
  returning j.* into job;
  if found then
    perform public.trigger_auto_sync(p_user_id, job.webhook_url,
      coalesce(job.api_key, private.read_secret('coffer_auto_sync_' || p_user_id)));
  end if;
end
$$;
comment on function private.run_auto_sync_job is
  'The command that pg_cron runs. It names only the user. The claim is one statement, so that two runs at once call '
  'the webhook once.';

create function public.can_schedule_auto_sync() returns boolean
language sql stable security definer set search_path = ''
as $$
  select to_regprocedure('cron.schedule(text,text,text)') is not null and private.http_client() is not null
$$;
comment on function public.can_schedule_auto_sync is 'Tells whether this database has pg_cron and a way to speak HTTP.';

create function public.schedule_auto_sync(
  p_user_id uuid, p_interval_minutes integer, p_webhook_url text, p_api_key text
) returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
  job_id bigint;
  in_vault boolean := to_regclass('vault.decrypted_secrets') is not null;
begin
  perform private.require_scheduler();
  if p_interval_minutes is null or p_interval_minutes not between 5 and 10080 then
    raise exception 'the interval must be from 5 minutes to a week (10080 minutes)'
      using errcode = 'invalid_parameter_value';
  end if;
  if p_webhook_url is null
    or p_webhook_url !~ '^(https://[^/?#\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?)/[^\s]*$' then
    raise exception 'the webhook must be an https:// address: it gets the key'
      using errcode = 'invalid_parameter_value';
  end if;
  if p_api_key is null or p_api_key !~ '^[\w.~+/=-]{16,200}$' then
    raise exception 'the key must be 16 to 200 characters of A-Z a-z 0-9 . ~ + / = _ -'
      using errcode = 'invalid_parameter_value';
  end if;
  insert into public.auto_sync_jobs as j (user_id, interval_minutes, webhook_url, api_key)
  values (p_user_id, p_interval_minutes, p_webhook_url, case when in_vault then null else p_api_key end)
  on conflict (user_id) do update set
    interval_minutes = excluded.interval_minutes, webhook_url = excluded.webhook_url, api_key = excluded.api_key,
    -- A shorter interval counts from now; a longer one does not lose the turn that is due.
    next_run_at = least(j.next_run_at, now() + make_interval(mins => excluded.interval_minutes));
  if in_vault then
    perform private.keep_secret('coffer_auto_sync_' || p_user_id, p_api_key);
  end if;
  execute 'select cron.schedule($1, $2, $3)' into job_id
  using 'coffer-auto-sync-' || p_user_id, private.auto_sync_cron(p_user_id, p_interval_minutes),
    format('select private.run_auto_sync_job(%L)', p_user_id);
  update public.auto_sync_jobs j set cron_job_id = job_id where j.user_id = p_user_id;
  return job_id;
end
$$;
comment on function public.schedule_auto_sync is
  'Schedules a user''s mail import, or reschedules it in place. Returns the id of the cron job. The key comes from '
  'the server: an HMAC of the user''s id under CRON_API_KEY.';

create function public.unschedule_auto_sync(p_user_id uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
  job_id bigint;
begin
  select j.cron_job_id into job_id from public.auto_sync_jobs j where j.user_id = p_user_id;
  update public.auto_sync_jobs j set cron_job_id = null, api_key = null, webhook_url = null where j.user_id = p_user_id;
  perform private.forget_secret('coffer_auto_sync_' || p_user_id);
  if job_id is null or to_regclass('cron.job') is null then
    return false;
  end if;
  execute 'select cron.unschedule(jobid) from cron.job where jobname = $1' using 'coffer-auto-sync-' || p_user_id;
  return true;
end
$$;
comment on function public.unschedule_auto_sync is
  'Ends the schedule. The job stays, without key and cron job. Returns whether a schedule existed.';

create function private.unschedule_deleted_job() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.forget_secret('coffer_auto_sync_' || old.user_id);
  if old.cron_job_id is not null and to_regclass('cron.job') is not null then
    execute 'select cron.unschedule(jobid) from cron.job where jobname = $1' using 'coffer-auto-sync-' || old.user_id;
  end if;
  return null;
end
$$;
comment on function private.unschedule_deleted_job is 'Trigger: ends the schedule of a deleted user.';
create trigger unschedule_deleted_job after delete on public.auto_sync_jobs
for each row execute function private.unschedule_deleted_job();

-- The work ------------------------------------------------------------------------------------------------------------

create function public.claim_auto_sync(
  p_user_id uuid, p_owner uuid, p_lease_seconds integer, p_now timestamptz
) returns jsonb
language plpgsql set search_path = ''
as $$
declare
  job public.auto_sync_jobs;
begin
  update public.auto_sync_jobs j set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where j.user_id = p_user_id and j.enabled and (j.lease_until is null or j.lease_until < p_now)
  returning j.* into job;
  if found then
    return jsonb_build_object('outcome', 'claimed', 'job', to_jsonb(job) - 'api_key');
  end if;
  return jsonb_build_object('outcome', case when exists (select 1 from public.auto_sync_jobs j
    where j.user_id = p_user_id and j.enabled) then 'running' else 'disabled' end);
end
$$;
comment on function public.claim_auto_sync is
  'Leases one user''s job for a run: {"outcome": claimed, disabled or running, "job"}.';

create function public.renew_auto_sync(p_user_id uuid, p_owner uuid, p_lease_seconds integer, p_now timestamptz)
returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.auto_sync_jobs j set lease_until = p_now + make_interval(secs => p_lease_seconds)
  where j.user_id = p_user_id and j.lease_owner = p_owner;
  return found;
end
$$;
comment on function public.renew_auto_sync is
  'Gives a lease its full length again. False once another run has it.';

create function public.take_due_auto_syncs(p_limit integer, p_now timestamptz) returns setof uuid
language sql set search_path = ''
as $$
  update public.auto_sync_jobs j set next_run_at = p_now + make_interval(mins => j.interval_minutes)
  where j.id in (
    select d.id from public.auto_sync_jobs d
    where d.enabled and d.cron_job_id is null and d.next_run_at <= p_now
    order by d.next_run_at
    limit p_limit
    for update skip locked
  )
  returning j.user_id
$$;
comment on function public.take_due_auto_syncs is
  'Returns the users whose import is due, for Coffer''s own scheduler. Each turn is given out once.';

create function public.finish_auto_sync(p_user_id uuid, p_owner uuid, p_run jsonb, p_now timestamptz) returns void
language plpgsql set search_path = ''
as $$
begin
  update public.auto_sync_jobs j
  set last_run_at = p_now, last_status = p_run ->> 'status', last_error = p_run ->> 'error', lease_owner = null,
    lease_until = null,
      -- This run counts as the turn that was due, no matter who asked for it.
      next_run_at = case when j.next_run_at <= p_now then p_now + make_interval(mins => j.interval_minutes)
        else j.next_run_at end
  where j.user_id = p_user_id and j.lease_owner = p_owner;
  insert into public.auto_sync_runs (user_id, started_at, finished_at, status, imported, skipped, nuggets, error)
  values (p_user_id, (p_run ->> 'started_at')::timestamptz, p_now, p_run ->> 'status',
    coalesce((p_run ->> 'imported')::int, 0), coalesce((p_run ->> 'skipped')::int, 0),
      coalesce((p_run ->> 'nuggets')::int, 0), p_run ->> 'error');
  delete from public.auto_sync_runs r where r.user_id = p_user_id and r.id not in (
    select k.id from public.auto_sync_runs k where k.user_id = p_user_id order by k.started_at desc limit 50);
end
$$;
comment on function public.finish_auto_sync is
  'Records the result of a run, and ends the lease. The last fifty runs are kept.';

create function public.save_signals(
  p_user_id uuid, p_integration_id uuid, p_signals jsonb, p_uid_validity text, p_last_uid bigint
) returns integer
language plpgsql set search_path = ''
as $$
declare
  added integer;
begin
  insert into public.signals (user_id, integration_id, source, external_id, title, sender, body, truncated, occurred_at)
  select p_user_id, p_integration_id, 'email', s ->> 'external_id', s ->> 'title', s ->> 'sender', s ->> 'body',
    (s ->> 'truncated')::boolean, (s ->> 'occurred_at')::timestamptz
  from jsonb_array_elements(p_signals) s
  on conflict (user_id, source, external_id) do nothing;
  get diagnostics added = row_count;
  insert into public.mailbox_cursors as c (integration_id, uid_validity, last_uid)
    values (p_integration_id, p_uid_validity, p_last_uid)
  on conflict (integration_id) do update set
    -- When two imports run at once, the higher position counts, unless the mailbox was numbered again.
    last_uid = case when c.uid_validity = excluded.uid_validity then greatest(c.last_uid, excluded.last_uid)
      else excluded.last_uid end,
    uid_validity = excluded.uid_validity, updated_at = now();
  return added;
end
$$;
comment on function public.save_signals is
  'Saves mails and the position of the import in one transaction, so that the position never passes mails that are '
  'not stored. Returns how many were new.';

create function public.save_nuggets(p_user_id uuid, p_signal_ids uuid[], p_nuggets jsonb) returns integer
language plpgsql set search_path = ''
as $$
declare
  added integer;
begin
  insert into public.nuggets (user_id, signal_id, kind, text, value, position)
  select p_user_id, (n ->> 'signal_id')::uuid, n ->> 'kind', n ->> 'text', n -> 'value', (n ->> 'position')::int
  from jsonb_array_elements(p_nuggets) n
  where exists (select 1 from public.signals s where s.id = (n ->> 'signal_id')::uuid and s.user_id = p_user_id)
  on conflict (signal_id, kind, text) do nothing;
  get diagnostics added = row_count;
  update public.signals s set processed_at = now() where s.user_id = p_user_id and s.id = any (p_signal_ids);
  return added;
end
$$;
comment on function public.save_nuggets is
  'Saves nuggets of signals, and marks these signals as done. Returns how many nuggets were new.';

revoke all on function private.auto_sync_cron, private.run_auto_sync_job, private.unschedule_deleted_job from public;
revoke all on function
  public.trigger_auto_sync,
  public.schedule_auto_sync,
  public.unschedule_auto_sync,
  public.can_schedule_auto_sync,
  public.claim_auto_sync,
  public.renew_auto_sync,
  public.take_due_auto_syncs,
  public.finish_auto_sync,
  public.save_signals,
  public.save_nuggets
from public, anon, authenticated, service_role;
grant execute on function
  public.trigger_auto_sync,
  public.schedule_auto_sync,
  public.unschedule_auto_sync,
  public.can_schedule_auto_sync,
  public.claim_auto_sync,
  public.renew_auto_sync,
  public.take_due_auto_syncs,
  public.finish_auto_sync,
  public.save_signals,
  public.save_nuggets
to service_role;
