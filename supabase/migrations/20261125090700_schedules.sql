-- Schedules in the database: pg_cron keeps the times, and http or pg_net calls Coffer over HTTP. This file also works
-- where these extensions do not exist: the functions look for them when they are called, and say what is missing.

create table private.job_secrets (
  name text primary key,
  secret text not null,
  constraint job_secrets_length check (char_length(name) between 1 and 200 and char_length(secret) <= 1000)
);
comment on table private.job_secrets is
  'Secrets that jobs send, where Supabase Vault does not exist. No API role reaches this table. No job''s command '
  'contains them, because cron.job would show it.';
comment on column private.job_secrets.name is 'The name.';
comment on column private.job_secrets.secret is 'The secret, in plain text.';
create table private.job_settings (
  only_row boolean primary key default true check (only_row),
  app_url text not null,
  constraint job_settings_length check (char_length(app_url) <= 500)
);
comment on table private.job_settings is 'The address at which jobs call Coffer, in one row.';
comment on column private.job_settings.only_row is 'Always true.';
comment on column private.job_settings.app_url is 'The address of Coffer.';
revoke all on private.job_secrets, private.job_settings from public, anon, authenticated, service_role;

create function private.keep_secret(p_name text, p_secret text) returns void
language plpgsql set search_path = ''
as $$
declare
  secret_id uuid;
begin
  if to_regclass('vault.decrypted_secrets') is null then
    insert into private.job_secrets (name, secret) values (p_name, p_secret)
    on conflict (name) do update set secret = excluded.secret;
    return;
  end if;
  execute 'select id from vault.decrypted_secrets where name = $1' into secret_id using p_name;
  if secret_id is null then
    execute 'select vault.create_secret($1, $2)' using p_secret, p_name;
  else
    execute 'select vault.update_secret($1, $2)' using secret_id, p_secret;
  end if;
end
$$;
comment on function private.keep_secret is
  'Stores a secret that the database needs in plain text to send it: in Supabase Vault where that exists, otherwise '
  'in private.job_secrets.';

create function private.read_secret(p_name text) returns text
language plpgsql stable set search_path = ''
as $$
declare
  found_secret text;
begin
  if to_regclass('vault.decrypted_secrets') is null then
    return (select s.secret from private.job_secrets s where s.name = p_name);
  end if;
  execute 'select decrypted_secret from vault.decrypted_secrets where name = $1' into found_secret using p_name;
  return found_secret;
end
$$;
comment on function private.read_secret is 'Reads a stored secret.';

create function private.forget_secret(p_name text) returns void
language plpgsql set search_path = ''
as $$
begin
  delete from private.job_secrets s where s.name = p_name;
  if to_regclass('vault.secrets') is not null then
    execute 'delete from vault.secrets where name = $1' using p_name;
  end if;
end
$$;
comment on function private.forget_secret is 'Deletes a stored secret.';

create function private.http_client() returns text
language sql stable set search_path = ''
as $$
  select case
    when to_regprocedure('net.http_post(text,jsonb,jsonb,jsonb,integer)') is not null then 'net'
    when to_regtype('extensions.http_request') is not null
      and to_regprocedure('extensions.http(extensions.http_request)') is not null then 'extensions'
    when to_regtype('public.http_request') is not null
      and to_regprocedure('public.http(public.http_request)') is not null then 'public'
  end
$$;
comment on function private.http_client is
  'Returns the extension by which this database can speak HTTP: net, extensions or public (the schema of http), or '
  'null. pg_net comes first, because it does not keep a connection waiting for the answer.';

create function private.post(
  p_url text, p_header text, p_value text, p_body jsonb, p_timeout_ms integer default 60000
) returns void
language plpgsql set search_path = ''
as $$
declare
  client text := private.http_client();
  status integer;
begin
  if client is null then
    raise exception 'this database cannot speak HTTP'
      using hint = 'Enable pg_net or http: create extension pg_net; or create extension http with schema extensions;';
  end if;
  if client = 'net' then
    execute 'select net.http_post($1, $2, ''{}''::jsonb, $3, $4)'
    using p_url, p_body, jsonb_build_object('content-type', 'application/json', p_header, p_value), p_timeout_ms;
    return;
  end if;
  -- %I is the schema of the http extension. The extension gives up after five seconds by default.
  if to_regprocedure(format('%I.http_set_curlopt(varchar,varchar)', client)) is not null then
    execute format('select %I.http_set_curlopt(''CURLOPT_TIMEOUT_MS'', $1)', client) using p_timeout_ms::text;
  end if;
  execute format(
    'select (%1$I.http(row(''POST'', $1, array[row($2, $3)::%1$I.http_header], ''application/json'', $4)'
    '::%1$I.http_request)).status', client)
  into status using p_url, p_header, p_value, p_body::text;
  if status >= 300 then
    raise exception 'Coffer answered with %', status;
  end if;
end
$$;
comment on function private.post is
  'POSTs JSON with the one header that authenticates. Every value reaches the extension as a parameter, never as '
  'SQL.';

create function private.require_scheduler() returns void
language plpgsql set search_path = ''
as $$
begin
  if to_regprocedure('cron.schedule(text,text,text)') is null then
    raise exception 'pg_cron is not enabled in this database'
      using hint = 'create extension pg_cron; or use another scheduler: docs/schedulers.md';
  end if;
  if private.http_client() is null then
    raise exception 'this database cannot speak HTTP'
      using hint = 'create extension pg_net; or create extension http with schema extensions;';
  end if;
end
$$;
comment on function private.require_scheduler is
  'Raises an error that says what to enable, unless pg_cron and a way to speak HTTP exist.';

create function private.call_job(p_job text) returns void
language plpgsql set search_path = ''
as $$
declare
  app_url text := (select s.app_url from private.job_settings s);
begin
  perform private.post(app_url || '/api/cron/' || p_job, 'authorization',
    'Bearer ' || private.read_secret('coffer_cron_secret'), '{}');
end
$$;
comment on function private.call_job is 'The command that pg_cron runs. It contains no secret.';

create function public.schedule_jobs(p_app_url text, p_cron_secret text) returns table (job_name text,
  job_schedule text)
language plpgsql security definer set search_path = ''
as $$
begin
  if p_app_url !~ '^(https://[^/?#\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?)$' then
    raise exception 'the address must be https:// and a host, without a path: it gets the secret'
      using errcode = 'invalid_parameter_value';
  end if;
  if char_length(p_cron_secret) < 16 then
    raise exception 'the secret must be the CRON_SECRET of the server, 16 characters or more'
      using errcode = 'invalid_parameter_value';
  end if;
  perform private.require_scheduler();
  perform private.keep_secret('coffer_cron_secret', p_cron_secret);
  insert into private.job_settings (app_url) values (p_app_url)
  on conflict (only_row) do update set app_url = excluded.app_url;
  for job_name, job_schedule in
    values ('token-refresh', '*/5 * * * *'), ('maintenance', '*/10 * * * *'), ('platform-polling', '*/30 * * * *'),
      ('scans', '*/5 * * * *')
  loop
    execute 'select cron.schedule($1, $2, $3)' using 'coffer-' || job_name, job_schedule,
      format('select private.call_job(%L)', job_name);
    return next;
  end loop;
end
$$;
comment on function public.schedule_jobs is
  'Schedules Coffer''s jobs with pg_cron, or reschedules them with another address or secret: select * from '
  'schedule_jobs(''https://coffer.example.com'', ''<CRON_SECRET>'').';

create function public.unschedule_jobs() returns integer
language plpgsql security definer set search_path = ''
as $$
declare
  ended integer;
begin
  perform private.forget_secret('coffer_cron_secret');
  if to_regclass('cron.job') is null then
    return 0;
  end if;
  execute 'select count(cron.unschedule(jobid)) from cron.job where jobname = any ($1)' into ended
  using array['coffer-token-refresh', 'coffer-maintenance', 'coffer-platform-polling', 'coffer-scans'];
  return ended;
end
$$;
comment on function public.unschedule_jobs is 'Removes the jobs of schedule_jobs. Returns how many existed.';

revoke all on function
  private.keep_secret, private.read_secret, private.forget_secret, private.http_client, private.post,
  private.require_scheduler, private.call_job
from public;
revoke all on function
  public.schedule_jobs,
  public.unschedule_jobs
from public, anon, authenticated, service_role;
grant execute on function
  public.schedule_jobs,
  public.unschedule_jobs
to service_role;

do $$
begin
  if to_regprocedure('cron.schedule(text,text,text)') is null then
    raise notice 'pg_cron is not enabled here: Coffer''s jobs need another scheduler (docs/schedulers.md), '
      'or: create extension pg_cron';
  end if;
end
$$;
