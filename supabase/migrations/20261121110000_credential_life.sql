-- The life of a grant beyond its next refresh: when it ends whatever happens, who holds its access token right now, whether
-- the platform still knows it, and how it is ended there after the row has gone.

alter table public.integrations
  -- When the refresh token lapses unless it is used before; moves with each refresh.
  add column refresh_expires_at timestamptz,
  -- When the person consented last, and when the platform ends that grant whatever happens (Spotify: six months).
  add column consented_at timestamptz,
  add column grant_ends_at timestamptz,
  -- Someone works with the access token until then: where a refresh kills it at once, none is begun early.
  add column held_until timestamptz,
  add column last_check_outcome text,
  add constraint integrations_check_outcome_known check (last_check_outcome in ('ok', 'refused', 'forbidden', 'unreachable'));

-- Rows from before: consent is when they were connected; the first check is spread over a day. Members can write config, so
-- what stands there may not be a time.
create function pg_temp.time_or_null(text) returns timestamptz language plpgsql as $$
begin
  return $1::timestamptz;
exception when others then
  return null;
end
$$;
alter table public.integrations disable trigger touch_updated_at;
update public.integrations set
  consented_at = created_at,
  refresh_expires_at = pg_temp.time_or_null(config ->> 'refresh_expires_at'),
  next_check_at = coalesce(next_check_at, case when grant_holder_id is null then now() + random() * interval '1 day' end);
alter table public.integrations enable trigger touch_updated_at;

grant select (refresh_expires_at, consented_at, grant_ends_at, last_check_outcome) on public.integrations to authenticated;
-- What a reconnect resets, under the person's own rights.
grant update (refresh_expires_at, consented_at, grant_ends_at, held_until, next_check_at, last_check_outcome, last_error_class, failing_since)
  on public.integrations to authenticated;

-- By type first: each provider's rows are claimed on their own, so that one that hangs does not stand before the others.
drop index public.integrations_due_idx;
create index integrations_due_idx on public.integrations (integration_type, next_refresh_at)
  where status in ('active', 'misconfigured') and grant_holder_id is null and next_refresh_at is not null;
drop index public.idx_integrations_next_check_at;
create index idx_integrations_next_check_at on public.integrations (next_check_at)
  where status in ('active', 'misconfigured') and grant_holder_id is null and next_check_at is not null;

create or replace view public.integration_summaries with (security_invoker = true) as
select
  id, organization_id, integration_type, name, status, status_reason, scan_schedule, last_checked_at, next_check_at,
  created_at, updated_at, external_account_id, grant_holder_id, granted_scopes, expires_at, credential_version,
  encryption_key_id, next_refresh_at, refresh_attempts, last_refreshed_at, last_sync, created_by,
  last_error_class, failing_since, refresh_expires_at, consented_at, grant_ends_at, last_check_outcome,
  -- A fortnight before the end, or the last quarter of a grant that lives for less than eight weeks.
  coalesce(grant_ends_at - least(interval '14 days', (grant_ends_at - consented_at) / 4) <= now(), false) as ends_soon
from public.integrations;

create or replace function public.list_integrations(
  p_organization_id uuid default null,
  p_type text default null,
  p_status text default null,
  p_before_at timestamptz default null,
  p_before_id uuid default null,
  p_limit integer default 50
) returns setof public.integration_summaries
language sql stable set search_path = ''
as $$
  select page.*
  from unnest(private.organizations_of_caller('viewer')) as o (id)
  cross join lateral (
    select s.* from public.integration_summaries s
    where s.organization_id = o.id
      and (p_type is null or s.integration_type = p_type)
      and (p_status is null or s.status = p_status
        or (p_status = 'attention' and (s.status in ('needs_reauth', 'misconfigured', 'revoked') or s.ends_soon)))
      and (p_before_at is null or (s.created_at, s.id) < (p_before_at, p_before_id))
    order by s.created_at desc, s.id desc
    limit p_limit
  ) page
  where p_organization_id is null or o.id = p_organization_id
  order by page.created_at desc, page.id desc
  limit p_limit
$$;

-- As before, and with the ends of the grant. p_grant: {"refresh_expires_at", "grant_ends_at"}.
drop function public.connect_integrations(uuid, text, jsonb, text[], timestamptz, timestamptz, text, jsonb);
create function public.connect_integrations(
  p_organization_id uuid,
  p_integration_type text,
  p_accounts jsonb,
  p_granted_scopes text[],
  p_expires_at timestamptz,
  p_next_refresh_at timestamptz,
  p_grant jsonb,
  p_encryption_key_id text,
  p_request jsonb
) returns table (integration_id uuid, reconnected boolean)
language plpgsql set search_path = ''
as $$
declare
  account jsonb;
  account_id uuid;
  holder uuid := (p_accounts -> 0 ->> 'id')::uuid;
  ids uuid[];
begin
  perform set_config('coffer.request', p_request::text, true);
  select array_agg((a ->> 'id')::uuid) into ids from jsonb_array_elements(p_accounts) a;

  for account in select a from jsonb_array_elements(p_accounts) a loop
    account_id := (account ->> 'id')::uuid;
    update public.integrations i
    set config = account -> 'config',
        grant_holder_id = nullif(holder, account_id),
        status = case when i.status = 'paused' then 'paused' else 'active' end,
        status_reason = null,
        granted_scopes = p_granted_scopes,
        expires_at = p_expires_at,
        refresh_attempts = 0,
        refresh_state = null,
        last_error_class = null,
        failing_since = null,
        last_check_outcome = null,
        encryption_key_id = p_encryption_key_id
    where i.id = account_id and i.organization_id = p_organization_id and i.integration_type = p_integration_type;
    reconnected := found;
    if not found then
      insert into public.integrations
        (id, organization_id, integration_type, name, config, external_account_id, grant_holder_id, granted_scopes,
         expires_at, encryption_key_id, created_by)
      values
        (account_id, p_organization_id, p_integration_type, account ->> 'name', account -> 'config',
         account ->> 'external_account_id', nullif(holder, account_id), p_granted_scopes,
         p_expires_at, p_encryption_key_id, (select auth.uid()));
    end if;
    update public.integrations i
    set next_refresh_at = p_next_refresh_at,
        consented_at = now(),
        refresh_expires_at = (p_grant ->> 'refresh_expires_at')::timestamptz,
        grant_ends_at = (p_grant ->> 'grant_ends_at')::timestamptz,
        held_until = null,
        next_check_at = case when account_id = holder then now() + interval '1 day' end
    where i.id = account_id;
    integration_id := account_id;
    return next;
  end loop;

  -- Whoever shared the credentials of a row that now shares itself follows to the new holder: no chains.
  update public.integrations i set grant_holder_id = holder
  where i.organization_id = p_organization_id and i.integration_type = p_integration_type
    and i.grant_holder_id = any (ids) and i.grant_holder_id <> holder and i.id <> holder;
end
$$;

-- Refresh -----------------------------------------------------------------------------------------------------------

drop function public.claim_due_refreshes(uuid, integer, integer, timestamptz);
drop function public.count_due_refreshes(timestamptz);
drop function public.release_lease(uuid, uuid, uuid);
drop function public.lease_integration(uuid, uuid, bigint, uuid, integer, timestamptz);
drop function public.journal_refresh(uuid, uuid, uuid, bigint, jsonb);
drop function public.save_refresh(uuid, uuid, uuid, bigint, jsonb, text, text[], timestamptz, timestamptz, timestamptz);

-- Due rows of one type, each for one worker only. Oldest first, so that nothing starves.
create function public.claim_due_refreshes(p_type text, p_owner uuid, p_limit integer, p_lease_seconds integer, p_now timestamptz)
returns setof public.integrations
language sql set search_path = ''
as $$
  update public.integrations i
  set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where i.id in (
    select d.id from public.integrations d
    -- Misconfigured ones too: once the OAuth app is mended, they heal at their next attempt.
    where d.status in ('active', 'misconfigured') and d.grant_holder_id is null and d.integration_type = p_type
      and d.next_refresh_at is not null and d.next_refresh_at <= p_now
      and (d.lease_until is null or d.lease_until < p_now)
      and (d.held_until is null or d.held_until <= p_now)
    order by d.next_refresh_at
    limit p_limit
    for update skip locked
  )
  returning i.*
$$;

-- What is due, by type: [{"integration_type", "due"}]. One index range a type, whatever is not due.
create function public.due_refreshes(p_now timestamptz) returns jsonb
language sql stable set search_path = ''
as $$
  with recursive types (type) as (
    (select i.integration_type from public.integrations i
     where i.status in ('active', 'misconfigured') and i.grant_holder_id is null and i.next_refresh_at is not null
     order by 1 limit 1)
    union all
    select (select i.integration_type from public.integrations i
            where i.status in ('active', 'misconfigured') and i.grant_holder_id is null and i.next_refresh_at is not null
              and i.integration_type > t.type
            order by 1 limit 1)
    from types t where t.type is not null
  )
  select coalesce(jsonb_agg(jsonb_build_object('integration_type', t.type, 'due', d.count)) filter (where d.count > 0), '[]')
  from types t
  cross join lateral (
    select count(*) from public.integrations i
    where i.status in ('active', 'misconfigured') and i.grant_holder_id is null and i.integration_type = t.type
      and i.next_refresh_at is not null and i.next_refresh_at <= p_now
      and (i.lease_until is null or i.lease_until < p_now)
      and (i.held_until is null or i.held_until <= p_now)
  ) d
  where t.type is not null
$$;

-- Leases one row, if it is free, held by nobody and still the version that the caller saw. Empty otherwise. The row is due
-- from then on: if its worker dies, the next run finds it.
create function public.lease_integration(p_organization_id uuid, p_id uuid, p_version bigint, p_owner uuid, p_lease_seconds integer, p_now timestamptz)
returns setof public.integrations
language sql set search_path = ''
as $$
  update public.integrations i
  set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds),
      next_refresh_at = least(i.next_refresh_at, p_now)
  where i.id = p_id and i.organization_id = p_organization_id and i.credential_version = p_version
    and (i.lease_until is null or i.lease_until < p_now)
    and (i.held_until is null or i.held_until <= p_now)
  returning i.*
$$;

-- Written before a refresh token is sent, and gives the lease its full length again: a row that waited in a worker's queue
-- must not run out of it in the middle of the request.
create function public.journal_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_state jsonb, p_lease_seconds integer, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.integrations i set refresh_state = p_state, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner and i.credential_version = p_version;
  return found;
end
$$;

-- Saves what a refresh brought, unless the row was deleted, reconnected or leased anew in the meantime. A refresh that worked
-- is the best proof that a grant lives, whatever was thought of it before. p_request: {"id", "address", "actor"} of the
-- person who pressed the button, or {}.
create function public.save_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_config jsonb, p_encryption_key_id text, p_granted_scopes text[],
  p_expires_at timestamptz, p_next_refresh_at timestamptz, p_refresh_expires_at timestamptz, p_grant_ends_at timestamptz,
  p_request jsonb, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  saved boolean;
begin
  perform set_config('coffer.action', 'integration.refresh', true);
  perform set_config('coffer.request', p_request::text, true);
  update public.integrations i
  set config = p_config, encryption_key_id = p_encryption_key_id, granted_scopes = coalesce(p_granted_scopes, i.granted_scopes),
      expires_at = p_expires_at, next_refresh_at = p_next_refresh_at, last_refreshed_at = p_now,
      refresh_expires_at = coalesce(p_refresh_expires_at, i.refresh_expires_at), grant_ends_at = coalesce(p_grant_ends_at, i.grant_ends_at),
      refresh_attempts = 0, refresh_state = null, last_error_class = null, failing_since = null,
      status = case when i.status = 'paused' then 'paused' else 'active' end, status_reason = null,
      lease_owner = null, lease_until = null
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner and i.credential_version = p_version;
  saved := found;
  -- Those that share the credentials show the same.
  if saved then
    update public.integrations i
    set expires_at = p_expires_at, last_refreshed_at = p_now,
        status = case when i.status = 'paused' then 'paused' else 'active' end, status_reason = null
    where i.organization_id = p_organization_id and i.grant_holder_id = p_id;
  end if;
  return saved;
end
$$;

-- Keeps the access token alive for its reader: no early refresh until then, and never longer than the token lives. False when
-- a refresh is under way, or the credentials are no longer those that the reader saw.
create function public.hold_credential(p_organization_id uuid, p_id uuid, p_version bigint, p_until timestamptz, p_now timestamptz)
returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.integrations i
  set held_until = greatest(i.held_until, least(p_until, i.expires_at))
  where i.id = p_id and i.organization_id = p_organization_id and i.credential_version = p_version
    and (i.lease_until is null or i.lease_until < p_now);
  return found;
end
$$;

-- The breaker ---------------------------------------------------------------------------------------------------------

-- One row a token endpoint that has failed lately, for all servers together.
create table public.token_endpoints (
  endpoint text primary key,
  failures integer not null default 0,
  open_until timestamptz,
  constraint token_endpoints_length check (char_length(endpoint) <= 500)
);
alter table public.token_endpoints enable row level security;
revoke all on public.token_endpoints from anon, authenticated, service_role;
grant select, insert, update, delete on public.token_endpoints to service_role;

-- closed: go on · open: leave it alone · probe: the breaker's time is over, and this caller alone may try one.
create function public.admit_to_endpoint(p_endpoint text, p_probe_seconds integer, p_now timestamptz) returns text
language plpgsql set search_path = ''
as $$
begin
  update public.token_endpoints e set open_until = p_now + make_interval(secs => p_probe_seconds)
  where e.endpoint = p_endpoint and e.open_until <= p_now;
  if found then
    return 'probe';
  end if;
  return case when exists (select 1 from public.token_endpoints e where e.endpoint = p_endpoint and e.open_until > p_now) then 'open' else 'closed' end;
end
$$;

-- After an answer, or none. Opens after five failures in a row, for half a minute, then twice as long each time up to ten
-- minutes. Returns whether it is open now.
create function public.report_endpoint(p_endpoint text, p_ok boolean, p_now timestamptz) returns boolean
language plpgsql set search_path = ''
as $$
declare
  reported public.token_endpoints;
begin
  if p_ok then
    delete from public.token_endpoints e where e.endpoint = p_endpoint;
    return false;
  end if;
  insert into public.token_endpoints as e (endpoint, failures) values (p_endpoint, 1)
  on conflict (endpoint) do update set
    failures = e.failures + 1,
    open_until = case when e.failures + 1 >= 5
      then greatest(e.open_until, p_now + least(interval '10 minutes', interval '30 seconds' * power(2, least(e.failures + 1 - 5, 10))))
      else e.open_until end
  returning e.* into reported;
  return coalesce(reported.open_until > p_now, false);
end
$$;

-- Ending grants -------------------------------------------------------------------------------------------------------

-- Grants that are to be ended at their platform. The tokens lie here, sealed as they were in their row, until that has
-- happened or is given up; then only the record stays.
create table public.revocations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  -- What the tokens are sealed for: the deleted integration, or the choice that nobody made.
  integration_id uuid not null,
  integration_type text not null,
  external_account_id text,
  config jsonb,
  encryption_key_id text,
  outcome text not null default 'pending',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  give_up_at timestamptz not null default now() + interval '7 days',
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  constraint revocations_outcome_known check (outcome in ('pending', 'revoked', 'not_supported', 'still_shared', 'failed')),
  constraint revocations_sealed check (private.config_is_sealed(config)),
  constraint revocations_no_tokens_afterwards check ((outcome = 'pending') = (config is not null))
);
create index revocations_pending_idx on public.revocations (next_attempt_at) where outcome = 'pending';
create index revocations_integration_idx on public.revocations (integration_id);
create index revocations_settled_idx on public.revocations (settled_at) where settled_at is not null;
create index revocations_key_id_idx on public.revocations (encryption_key_id) where outcome = 'pending';
alter table public.revocations enable row level security;
revoke all on public.revocations from anon, authenticated, service_role;
grant select, insert, update, delete on public.revocations to service_role;

-- In the transaction of the deletion, whichever way that came: a process that dies afterwards leaves no grant behind.
create function private.queue_revocation() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if old.grant_holder_id is null and old.config ?| array['access_token', 'refresh_token']
     -- Others go on using it: delete_integration has handed the tokens over to one of them.
     and coalesce(current_setting('coffer.handed_over', true), '') <> old.id::text then
    insert into public.revocations (organization_id, integration_id, integration_type, external_account_id, encryption_key_id, config)
    values (old.organization_id, old.id, old.integration_type, old.external_account_id, old.encryption_key_id,
      jsonb_strip_nulls(jsonb_build_object('access_token', old.config -> 'access_token', 'refresh_token', old.config -> 'refresh_token')));
  end if;
  return null;
end
$$;
revoke all on function private.queue_revocation() from public;
create trigger queue_revocation after delete on public.integrations
for each row execute function private.queue_revocation();

create or replace function public.delete_integration(
  p_id uuid,
  p_request jsonb,
  p_successor_id uuid default null,
  p_successor_config jsonb default null,
  p_encryption_key_id text default null
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  perform set_config('coffer.request', p_request::text, true);
  perform set_config('coffer.action', 'integration.take_over', true);
  if p_successor_id is not null then
    perform set_config('coffer.handed_over', p_id::text, true);
    update public.integrations i
    set grant_holder_id = null, config = p_successor_config, encryption_key_id = p_encryption_key_id,
        next_refresh_at = h.next_refresh_at, next_check_at = h.next_check_at, refresh_expires_at = h.refresh_expires_at
    from public.integrations h
    where i.id = p_successor_id and i.grant_holder_id = p_id and h.id = p_id;
    update public.integrations i set grant_holder_id = p_successor_id where i.grant_holder_id = p_id;
  end if;
  delete from public.integrations i where i.id = p_id;
  return found;
end
$$;

-- Grants of which nobody picked accounts in time are ended like those of deleted rows. Returns how many.
drop function public.take_expired_choices(timestamptz, integer);
create function public.queue_expired_choices(p_now timestamptz, p_limit integer) returns integer
language sql set search_path = ''
as $$
  with expired as (
    delete from public.connection_choices c
    where c.id in (
      select e.id from public.connection_choices e where e.expires_at < p_now order by e.expires_at limit p_limit for update skip locked
    )
    returning c.*
  ), queued as (
    insert into public.revocations (organization_id, integration_id, integration_type, encryption_key_id, next_attempt_at, config)
    select e.organization_id, e.id, e.provider, e.encryption_key_id, p_now,
      jsonb_strip_nulls(jsonb_build_object('access_token', e.config -> 'access_token', 'refresh_token', e.config -> 'refresh_token'))
    from expired e
    returning 1
  )
  select count(*)::int from queued
$$;

-- Takes what is due, or what one deletion left, for one worker. Whoever dies with one leaves it for the run after p_retry_at.
create function public.claim_revocations(p_integration_id uuid, p_limit integer, p_retry_at timestamptz, p_now timestamptz)
returns setof public.revocations
language sql set search_path = ''
as $$
  update public.revocations r
  set attempts = r.attempts + 1, next_attempt_at = p_retry_at
  where r.id in (
    select d.id from public.revocations d
    where d.outcome = 'pending'
      -- Right after its deletion: whatever the two clocks say.
      and (case when p_integration_id is null then d.next_attempt_at <= p_now else d.integration_id = p_integration_id and d.attempts = 0 end)
    order by d.next_attempt_at
    limit p_limit
    for update skip locked
  )
  returning r.*
$$;

-- Health checks -------------------------------------------------------------------------------------------------------

-- A claim moves the next check away, so that nobody else takes the row, and a worker that dies loses one turn.
create function public.claim_due_checks(p_limit integer, p_retry_at timestamptz, p_now timestamptz)
returns setof public.integrations
language sql set search_path = ''
as $$
  update public.integrations i set next_check_at = p_retry_at
  where i.id in (
    select d.id from public.integrations d
    where d.status in ('active', 'misconfigured') and d.grant_holder_id is null and d.next_check_at is not null and d.next_check_at <= p_now
    order by d.next_check_at
    limit p_limit
    for update skip locked
  )
  returning i.*
$$;

-- p_reason: why the grant is over, or null while it is not. Fenced, so that a check of old credentials says nothing of new ones.
create function public.record_check(
  p_organization_id uuid, p_id uuid, p_version bigint, p_outcome text, p_reason text, p_next_check_at timestamptz, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  recorded boolean;
begin
  update public.integrations i
  set last_checked_at = p_now, last_check_outcome = p_outcome, next_check_at = p_next_check_at,
      status = case when p_reason is null then i.status else 'needs_reauth' end,
      status_reason = coalesce(p_reason, i.status_reason),
      next_refresh_at = case when p_reason is null then i.next_refresh_at end
  where i.id = p_id and i.organization_id = p_organization_id and i.credential_version = p_version;
  recorded := found;
  if recorded then
    update public.integrations i
    set last_checked_at = p_now, last_check_outcome = p_outcome,
        status = case when p_reason is null or i.status = 'paused' then i.status else 'needs_reauth' end,
        status_reason = coalesce(p_reason, i.status_reason)
    where i.organization_id = p_organization_id and i.grant_holder_id = p_id;
  end if;
  return recorded;
end
$$;

-- The audit row of a refresh names the person who asked for it. Only what runs without a user may say so.
create or replace function private.audit_integration_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  subject public.integrations := case when tg_op = 'DELETE' then old else new end;
  request jsonb := coalesce(nullif(current_setting('coffer.request', true), ''), '{}')::jsonb;
  actor uuid := coalesce(auth.uid(), (request ->> 'actor')::uuid);
  actions text[] := '{}';
  about jsonb;
begin
  if tg_op = 'INSERT' then
    actions := array['integration.connect'];
  elsif tg_op = 'DELETE' then
    actions := array['integration.delete'];
  else
    if new.config is distinct from old.config or new.grant_holder_id is distinct from old.grant_holder_id then
      actions := actions || coalesce(nullif(current_setting('coffer.action', true), ''), 'integration.reconnect');
    end if;
    if new.name is distinct from old.name then
      actions := actions || 'integration.rename'::text;
    end if;
    if new.scan_schedule is distinct from old.scan_schedule then
      actions := actions || 'integration.schedule'::text;
    end if;
    if new.status is distinct from old.status then
      actions := actions || case
        when new.status = 'paused' then 'integration.pause'
        when old.status = 'paused' then 'integration.resume'
        else 'integration.status' end;
    end if;
  end if;

  for i in 1 .. coalesce(array_length(actions, 1), 0) loop
    about := jsonb_build_object('name', subject.name);
    if actions[i] = 'integration.rename' then
      about := about || jsonb_build_object('was', old.name);
    elsif actions[i] = 'integration.status' then
      about := about || jsonb_build_object('status', new.status, 'reason', new.status_reason);
    end if;
    insert into public.audit_log
      (organization_id, actor_kind, actor_id, action, outcome, integration_id, integration_type, request_id, address, details)
    values
      (subject.organization_id, case when actor is null then 'service' else 'user' end, actor, actions[i], 'success',
       subject.id, subject.integration_type, left(request ->> 'id', 100), left(request ->> 'address', 100), about);
  end loop;
  return null;
end
$$;

-- The keys that pending revocations need count as well.
create or replace function public.database_guard() returns jsonb
language sql stable set search_path = ''
as $$
  with recursive key_ids (id) as (
    (select i.encryption_key_id from public.integrations i where i.encryption_key_id is not null order by 1 limit 1)
    union all
    select (select i.encryption_key_id from public.integrations i where i.encryption_key_id > k.id order by 1 limit 1)
    from key_ids k where k.id is not null
  ), needed (id) as (
    select id from key_ids where id is not null
    union
    select r.encryption_key_id from public.revocations r where r.outcome = 'pending' and r.encryption_key_id is not null
  )
  select jsonb_build_object(
    'key_ids', coalesce((select jsonb_agg(id order by id) from needed), '[]'),
    'config_readable_by', coalesce((
      select jsonb_agg(r) from unnest(array['anon', 'authenticated']) r
      where has_column_privilege(r, 'public.integrations', 'config', 'select')), '[]')
  )
$$;

-- What has been settled for longer than anyone looks at. Returns how many records.
create function public.delete_settled_revocations(p_before timestamptz) returns integer
language plpgsql set search_path = ''
as $$
declare
  deleted integer;
begin
  delete from public.revocations r where r.settled_at < p_before;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

revoke all on function
  public.connect_integrations(uuid, text, jsonb, text[], timestamptz, timestamptz, jsonb, text, jsonb),
  public.claim_due_refreshes(text, uuid, integer, integer, timestamptz),
  public.due_refreshes(timestamptz),
  public.lease_integration(uuid, uuid, bigint, uuid, integer, timestamptz),
  public.journal_refresh(uuid, uuid, uuid, bigint, jsonb, integer, timestamptz),
  public.save_refresh(uuid, uuid, uuid, bigint, jsonb, text, text[], timestamptz, timestamptz, timestamptz, timestamptz, jsonb, timestamptz),
  public.hold_credential(uuid, uuid, bigint, timestamptz, timestamptz),
  public.admit_to_endpoint(text, integer, timestamptz),
  public.report_endpoint(text, boolean, timestamptz),
  public.queue_expired_choices(timestamptz, integer),
  public.claim_revocations(uuid, integer, timestamptz, timestamptz),
  public.claim_due_checks(integer, timestamptz, timestamptz),
  public.record_check(uuid, uuid, bigint, text, text, timestamptz, timestamptz),
  public.delete_settled_revocations(timestamptz)
from public, anon, authenticated, service_role;
grant execute on function public.connect_integrations(uuid, text, jsonb, text[], timestamptz, timestamptz, jsonb, text, jsonb) to authenticated;
grant execute on function
  public.claim_due_refreshes(text, uuid, integer, integer, timestamptz),
  public.due_refreshes(timestamptz),
  public.lease_integration(uuid, uuid, bigint, uuid, integer, timestamptz),
  public.journal_refresh(uuid, uuid, uuid, bigint, jsonb, integer, timestamptz),
  public.save_refresh(uuid, uuid, uuid, bigint, jsonb, text, text[], timestamptz, timestamptz, timestamptz, timestamptz, jsonb, timestamptz),
  public.hold_credential(uuid, uuid, bigint, timestamptz, timestamptz),
  public.admit_to_endpoint(text, integer, timestamptz),
  public.report_endpoint(text, boolean, timestamptz),
  public.queue_expired_choices(timestamptz, integer),
  public.claim_revocations(uuid, integer, timestamptz, timestamptz),
  public.claim_due_checks(integer, timestamptz, timestamptz),
  public.record_check(uuid, uuid, bigint, text, text, timestamptz, timestamptz),
  public.delete_settled_revocations(timestamptz)
to service_role;
