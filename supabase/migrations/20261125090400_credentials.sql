-- The life of a grant: its refresh, who holds its access token right now, whether the platform still knows it, and
-- how it
-- is ended there after the row has gone.
-- Refresh: a lease on a row with a random owner, a journal written before the token request, and saves that are
-- fenced by
-- the credential version. No advisory lock and no connection held over HTTP, so all of it works behind a transaction
-- pooler.
-- The time is handed in, so that tests need not wait. Only service_role may call.

-- Refresh -----------------------------------------------------------------------------------------------------------

-- Due rows of one type, each for one worker only. Oldest first, so that nothing starves.
create function public.claim_due_refreshes(p_type text, p_owner uuid, p_limit integer, p_lease_seconds integer,
  p_now timestamptz)
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
            where i.status in ('active', 'misconfigured') and i.grant_holder_id is null
              and i.next_refresh_at is not null
              and i.integration_type > t.type
            order by 1 limit 1)
    from types t where t.type is not null
  )
  select coalesce(jsonb_agg(jsonb_build_object('integration_type', t.type, 'due', d.count)) filter (where d.count > 0),
    '[]')
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

-- Leases one row, if it is free, held by nobody and still the version that the caller saw. Empty otherwise. The row
-- is due
-- from then on: if its worker dies, the next run finds it.
create function public.lease_integration(p_organization_id uuid, p_id uuid, p_version bigint, p_owner uuid,
  p_lease_seconds integer, p_now timestamptz)
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

-- Opened before it is sent: in the statement that writes the journal, so that it costs no request of its own.
create function public.journal_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_state jsonb, p_lease_seconds integer,
    p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  journalled public.integrations;
begin
  update public.integrations i set refresh_state = p_state, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner
    and i.credential_version = p_version
  returning i.* into journalled;
  if not found then
    return false;
  end if;
  insert into public.audit_log (organization_id, actor_kind, action, outcome, integration_id, integration_type, details)
  values (p_organization_id, 'service', 'credential.open', 'success', p_id, journalled.integration_type,
    jsonb_build_object('purpose', 'refresh'));
  return true;
end
$$;

-- Saves what a refresh brought, unless the row was deleted, reconnected or leased anew in the meantime. A refresh
-- that worked
-- is the best proof that a grant lives, whatever was thought of it before. p_request: {"id", "address", "actor"} of the
-- person who pressed the button, or {}.
create function public.save_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_config jsonb, p_encryption_key_id text,
    p_granted_scopes text[],
  p_expires_at timestamptz, p_next_refresh_at timestamptz, p_refresh_expires_at timestamptz,
    p_grant_ends_at timestamptz,
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
  set config = p_config, encryption_key_id = p_encryption_key_id,
    granted_scopes = coalesce(p_granted_scopes, i.granted_scopes),
      expires_at = p_expires_at, next_refresh_at = p_next_refresh_at, last_refreshed_at = p_now,
      refresh_expires_at = coalesce(p_refresh_expires_at, i.refresh_expires_at),
        grant_ends_at = coalesce(p_grant_ends_at, i.grant_ends_at),
      refresh_attempts = 0, refresh_state = null, last_error_class = null, failing_since = null,
      status = case when i.status = 'paused' then 'paused' else 'active' end, status_reason = null,
      lease_owner = null, lease_until = null
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner
    and i.credential_version = p_version;
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

-- Records a failure and gives the row free. p_status null: it stays as it is and is tried again at p_next_refresh_at.
create function public.fail_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_status text, p_reason text, p_error_class text,
  p_next_refresh_at timestamptz, p_state jsonb, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  recorded boolean;
begin
  update public.integrations i
  set status = coalesce(p_status, i.status), status_reason = p_reason, last_error_class = p_error_class,
      refresh_attempts = i.refresh_attempts + 1, failing_since = coalesce(i.failing_since, p_now),
      next_refresh_at = p_next_refresh_at, refresh_state = p_state, lease_owner = null, lease_until = null
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner
    and i.credential_version = p_version;
  recorded := found;
  if recorded and p_status is not null then
    update public.integrations i set status = p_status, status_reason = p_reason
    where i.organization_id = p_organization_id and i.grant_holder_id = p_id and i.status <> 'paused';
  end if;
  return recorded;
end
$$;

-- Keeps the access token alive for its reader: no early refresh until then, and never longer than the token lives.
-- False when
-- a refresh is under way, or the credentials are no longer those that the reader saw.
create function public.hold_credential(p_organization_id uuid, p_id uuid, p_version bigint, p_until timestamptz,
  p_now timestamptz)
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
  return case when exists (select 1 from public.token_endpoints e where e.endpoint = p_endpoint
    and e.open_until > p_now) then 'open' else 'closed' end;
end
$$;

-- After an answer, or none. Opens after five failures in a row, for half a minute, then twice as long each time up to
-- ten
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
      then greatest(e.open_until, p_now + least(interval '10 minutes',
        interval '30 seconds' * power(2, least(e.failures + 1 - 5, 10))))
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
  constraint revocations_outcome_known check (outcome in ('pending', 'revoked', 'not_supported', 'still_shared',
    'failed')),
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

-- A grant belongs to the OAuth app that it was issued to: whoever ends it has to know which.
create function private.queue_revocation() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if old.grant_holder_id is null and old.config ?| array['access_token', 'refresh_token']
     -- Others go on using it: delete_integration has handed the tokens over to one of them.
     and coalesce(current_setting('coffer.handed_over', true), '') <> old.id::text then
    insert into public.revocations (organization_id, integration_id, integration_type, external_account_id,
      encryption_key_id, config)
    values (old.organization_id, old.id, old.integration_type, old.external_account_id, old.encryption_key_id,
      jsonb_strip_nulls(jsonb_build_object('access_token', old.config -> 'access_token', 'refresh_token',
        old.config -> 'refresh_token', 'oauth_client', old.config -> 'oauth_client')));
  end if;
  return null;
end
$$;
revoke all on function private.queue_revocation from public;
create trigger queue_revocation after delete on public.integrations
for each row execute function private.queue_revocation();

create function public.queue_expired_choices(p_now timestamptz, p_limit integer) returns integer
language sql set search_path = ''
as $$
  with expired as (
    delete from public.connection_choices c
    where c.id in (
      select e.id from public.connection_choices e where e.expires_at < p_now order by e.expires_at limit p_limit
        for update skip locked
    )
    returning c.*
  ), queued as (
    insert into public.revocations (organization_id, integration_id, integration_type, encryption_key_id,
      next_attempt_at, config)
    select e.organization_id, e.id, e.provider, e.encryption_key_id, p_now,
      jsonb_strip_nulls(jsonb_build_object('access_token', e.config -> 'access_token', 'refresh_token',
        e.config -> 'refresh_token', 'oauth_client', e.config -> 'oauth_client'))
    from expired e
    returning 1
  )
  select count(*)::int from queued
$$;

-- Takes what is due, or what one deletion left, for one worker. Whoever dies with one leaves it for the run after
-- p_retry_at.
create function public.claim_revocations(p_integration_id uuid, p_limit integer, p_retry_at timestamptz,
  p_now timestamptz)
returns setof public.revocations
language sql set search_path = ''
as $$
  update public.revocations r
  set attempts = r.attempts + 1, next_attempt_at = p_retry_at
  where r.id in (
    select d.id from public.revocations d
    where d.outcome = 'pending'
      -- Right after its deletion: whatever the two clocks say.
      and (case when p_integration_id is null then d.next_attempt_at <= p_now else d.integration_id = p_integration_id
        and d.attempts = 0 end)
    order by d.next_attempt_at
    limit p_limit
    for update skip locked
  )
  returning r.*
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

-- Health checks -------------------------------------------------------------------------------------------------------

-- A claim moves the next check away, so that nobody else takes the row, and a worker that dies loses one turn.
create function public.claim_due_checks(p_limit integer, p_retry_at timestamptz, p_now timestamptz)
returns setof public.integrations
language sql set search_path = ''
as $$
  update public.integrations i set next_check_at = p_retry_at
  where i.id in (
    select d.id from public.integrations d
    where d.status in ('active', 'misconfigured') and d.grant_holder_id is null and d.scan_schedule is null
      and d.next_check_at is not null and d.next_check_at <= p_now
    order by d.next_check_at
    limit p_limit
    for update skip locked
  )
  returning i.*
$$;

-- p_reason: why the grant is over, or null while it is not. Fenced, so that a check of old credentials says nothing
-- of new ones.
create function public.record_check(
  p_organization_id uuid, p_id uuid, p_version bigint, p_outcome text, p_reason text, p_next_check_at timestamptz,
    p_now timestamptz
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

revoke all on function
  public.claim_due_refreshes,
  public.due_refreshes,
  public.lease_integration,
  public.journal_refresh,
  public.save_refresh,
  public.fail_refresh,
  public.hold_credential,
  public.admit_to_endpoint,
  public.report_endpoint,
  public.queue_expired_choices,
  public.claim_revocations,
  public.delete_settled_revocations,
  public.claim_due_checks,
  public.record_check
from public, anon, authenticated, service_role;
grant execute on function
  public.claim_due_refreshes,
  public.due_refreshes,
  public.lease_integration,
  public.journal_refresh,
  public.save_refresh,
  public.fail_refresh,
  public.hold_credential,
  public.admit_to_endpoint,
  public.report_endpoint,
  public.queue_expired_choices,
  public.claim_revocations,
  public.delete_settled_revocations,
  public.claim_due_checks,
  public.record_check
to service_role;
