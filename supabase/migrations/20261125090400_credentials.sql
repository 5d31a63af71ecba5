-- The life of a grant: its refresh, loans of its access token, health checks at the platform, and its revocation there
-- after the row is deleted.
--
-- A worker takes a lease on a row with a random owner, writes a journal before the token request, and saves under the
-- version that it has seen. No advisory lock and no connection is held during HTTP requests, so everything works behind
-- a transaction pooler. The breakers go by the database's clock. The other functions still get the time as an argument. Only service_role calls these functions.
-- Where a function writes both tables, it locks integrations first, like a member's own update.

-- Refresh -------------------------------------------------------------------------------------------------------------

create function public.claim_due_refreshes(
  p_type text, p_owner uuid, p_limit integer, p_lease_seconds integer, p_now timestamptz
) returns setof public.credential_rows
language plpgsql set search_path = ''
as $$
declare
  claimed uuid[];
begin
  with leased as (
    update public.credential_state s
    set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds)
    where s.integration_id in (
      select d.integration_id from public.credential_state d
      where d.refreshable and d.grant_holder_id is null and d.integration_type = p_type
        and d.next_refresh_at is not null and d.next_refresh_at <= p_now
        and (d.lease_until is null or d.lease_until < p_now)
        and (d.loaned_until is null or d.loaned_until <= p_now)
      order by d.next_refresh_at
      limit p_limit
      for update skip locked
    )
    returning s.integration_id as id
  )
  select array_agg(l.id) into claimed from leased l;
  return query
  select r.* from public.credential_rows r where r.id = any (claimed) order by r.next_refresh_at;
end
$$;
comment on function public.claim_due_refreshes is
  'Leases due rows of one type to one worker, oldest first, so that no row starves.';

create function public.due_refreshes(p_now timestamptz) returns jsonb
language sql stable set search_path = ''
as $$
  with recursive types (type) as (
    (select s.integration_type from public.credential_state s
     where s.refreshable and s.grant_holder_id is null and s.next_refresh_at is not null
     order by 1 limit 1)
    union all
    select (select s.integration_type from public.credential_state s
            where s.refreshable and s.grant_holder_id is null and s.next_refresh_at is not null
              and s.integration_type > t.type
            order by 1 limit 1)
    from types t where t.type is not null
  )
  select coalesce(
    jsonb_agg(jsonb_build_object('integration_type', t.type, 'due', d.count)) filter (where d.count > 0), '[]')
  from types t
  cross join lateral (
    select count(*) from public.credential_state s
    where s.refreshable and s.grant_holder_id is null and s.integration_type = t.type
      and s.next_refresh_at is not null and s.next_refresh_at <= p_now
      and (s.lease_until is null or s.lease_until < p_now)
      and (s.loaned_until is null or s.loaned_until <= p_now)
  ) d
  where t.type is not null
$$;
comment on function public.due_refreshes is
  'Returns how many rows are due and free, by type: [{"integration_type", "due"}]. It reads one index range per type, '
  'no matter how many rows are not due.';

create function public.lease_integration(
  p_organization_id uuid, p_id uuid, p_version bigint, p_owner uuid, p_lease_seconds integer, p_now timestamptz
) returns setof public.credential_rows
language plpgsql set search_path = ''
as $$
begin
  update public.credential_state s
  set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds),
      next_refresh_at = least(s.next_refresh_at, p_now)
  where s.integration_id = p_id and s.organization_id = p_organization_id and s.credential_version = p_version
    and (s.lease_until is null or s.lease_until < p_now)
    and (s.loaned_until is null or s.loaned_until <= p_now);
  if found then
    return query select r.* from public.credential_rows r where r.id = p_id;
  end if;
end
$$;
comment on function public.lease_integration is
  'Leases one row, if it is free, not on loan, and still the version that the caller saw. Otherwise the result is '
  'empty. The row is due from then on, so that the next run finds it if its worker dies.';

create function public.journal_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_state jsonb, p_lease_seconds integer,
  p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  journaled public.credential_state;
begin
  update public.credential_state s
  set refresh_state = p_state, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where s.integration_id = p_id and s.organization_id = p_organization_id and s.lease_owner = p_owner
    and s.credential_version = p_version
  returning s.* into journaled;
  if not found then
    return false;
  end if;
  -- The credential is opened to be sent. This records the opening without a request of its own.
  insert into public.audit_log
    (organization_id, actor_kind, action, outcome, integration_id, integration_type, details)
  values (
    p_organization_id, 'service', 'credential.open', 'success', p_id, journaled.integration_type,
    jsonb_build_object('purpose', 'refresh')
  );
  return true;
end
$$;
comment on function public.journal_refresh is
  'Writes the journal before a refresh token is sent, and gives the lease its full length again, because the lease of '
  'a row that waited in a worker''s queue must not end during the request. False when the lease was lost.';

create function public.save_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_config jsonb, p_encryption_key_id text,
  p_granted_scopes text[], p_expires_at timestamptz, p_next_refresh_at timestamptz, p_refresh_expires_at timestamptz,
  p_grant_ends_at timestamptz, p_request jsonb, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  perform set_config('coffer.action', 'integration.refresh', true);
  perform set_config('coffer.request', p_request::text, true);
  perform from public.integrations i
  where i.id = p_id and i.organization_id = p_organization_id for no key update;
  update public.credential_state s
  set encryption_key_id = p_encryption_key_id, next_refresh_at = p_next_refresh_at, last_refreshed_at = p_now,
      refresh_attempts = 0, failing_since = null, last_error_class = null, refresh_state = null,
      lease_owner = null, lease_until = null,
      refresh_expires_at = coalesce(p_refresh_expires_at, s.refresh_expires_at),
      grant_ends_at = coalesce(p_grant_ends_at, s.grant_ends_at)
  where s.integration_id = p_id and s.organization_id = p_organization_id and s.lease_owner = p_owner
    and s.credential_version = p_version;
  if not found then
    return false;
  end if;
  update public.integrations i
  set config = p_config, granted_scopes = coalesce(p_granted_scopes, i.granted_scopes), expires_at = p_expires_at,
      status = case when i.status = 'paused' then 'paused' else 'active' end, status_reason = null
  where i.id = p_id;
  -- Rows that share the credentials show the same.
  update public.integrations i
  set expires_at = p_expires_at, status = case when i.status = 'paused' then 'paused' else 'active' end,
      status_reason = null
  from public.credential_state s
  where s.grant_holder_id = p_id and s.organization_id = p_organization_id and i.id = s.integration_id;
  update public.credential_state s set last_refreshed_at = p_now
  where s.grant_holder_id = p_id and s.organization_id = p_organization_id;
  return true;
end
$$;
comment on function public.save_refresh is
  'Saves the result of a refresh, unless the row was deleted, reconnected or leased again in the meantime. A refresh '
  'that worked proves that the grant is alive, so it replaces every earlier status. Null for p_granted_scopes, '
  'p_refresh_expires_at and p_grant_ends_at leaves the stored value unchanged. p_request: {"id", "address", "actor"} '
  'of the person who asked, or {}.';

create function public.fail_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_status text, p_reason text,
  p_error_class text, p_next_refresh_at timestamptz, p_state jsonb, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  perform from public.integrations i
  where i.id = p_id and i.organization_id = p_organization_id for no key update;
  update public.credential_state s
  set last_error_class = p_error_class, refresh_attempts = s.refresh_attempts + 1,
      failing_since = coalesce(s.failing_since, p_now), next_refresh_at = p_next_refresh_at, refresh_state = p_state,
      lease_owner = null, lease_until = null
  where s.integration_id = p_id and s.organization_id = p_organization_id and s.lease_owner = p_owner
    and s.credential_version = p_version;
  if not found then
    return false;
  end if;
  update public.integrations i set status = coalesce(p_status, i.status), status_reason = p_reason
  where i.id = p_id and (coalesce(p_status, i.status), p_reason) is distinct from (i.status, i.status_reason);
  if p_status is not null then
    update public.integrations i set status = p_status, status_reason = p_reason
    from public.credential_state s
    where s.grant_holder_id = p_id and s.organization_id = p_organization_id and i.id = s.integration_id
      and i.status <> 'paused';
  end if;
  return true;
end
$$;
comment on function public.fail_refresh is
  'Records a failed refresh and ends the lease. Null for p_status leaves the status unchanged, and the row is tried '
  'again at p_next_refresh_at.';

create function public.lend_credential(
  p_organization_id uuid, p_id uuid, p_version bigint, p_until timestamptz, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.credential_state s
  set loaned_until = greatest(s.loaned_until, least(p_until, i.expires_at))
  from public.integrations i
  where s.integration_id = p_id and s.organization_id = p_organization_id and s.credential_version = p_version
    and i.id = s.integration_id
    and (s.lease_until is null or s.lease_until < p_now);
  return found;
end
$$;
comment on function public.lend_credential is
  'Begins or extends a loan: until its end, the token is not refreshed early. A loan never lasts longer than the '
  'token. False when a refresh is under way, or the credentials are no longer those that the reader saw.';

-- The breaker ---------------------------------------------------------------------------------------------------------

create table public.breakers (
  endpoint text primary key,
  failures integer not null default 0,
  open_until timestamptz,
  constraint breakers_length check (char_length(endpoint) <= 500),
  constraint breakers_failures_range check (failures >= 0),
  constraint breakers_times_finite check (isfinite(open_until))
);
comment on table public.breakers is 'One row per token endpoint that has failed recently, for all servers together.';
comment on column public.breakers.endpoint is 'The address of the endpoint.';
comment on column public.breakers.failures is 'The number of failures in a row.';
comment on column public.breakers.open_until is 'Until when the endpoint is left alone.';
alter table public.breakers enable row level security;
revoke all on public.breakers from anon, authenticated, service_role;
grant select, insert, update, delete on public.breakers to service_role;

create function public.admit_by_breaker(p_endpoint text, p_probe_seconds integer) returns text
language plpgsql set search_path = ''
as $$
declare
  moment timestamptz := private.now();
begin
  update public.breakers e set open_until = moment + make_interval(secs => p_probe_seconds)
  where e.endpoint = p_endpoint and e.open_until <= moment;
  if found then
    return 'probe';
  end if;
  return case
    when exists (select from public.breakers e where e.endpoint = p_endpoint and e.open_until > moment)
    then 'open' else 'closed' end;
end
$$;
comment on function public.admit_by_breaker is
  'Asks the breaker. closed: go on. open: leave the endpoint alone. probe: the open time is over, and this caller '
  'alone may try once.';

create function public.report_to_breaker(p_endpoint text, p_ok boolean) returns boolean
language plpgsql set search_path = ''
as $$
declare
  moment timestamptz := private.now();
  reported public.breakers;
begin
  if p_ok then
    delete from public.breakers e where e.endpoint = p_endpoint;
    return false;
  end if;
  insert into public.breakers as e (endpoint, failures) values (p_endpoint, 1)
  on conflict (endpoint) do update set
    failures = e.failures + 1,
    open_until = case when e.failures + 1 >= 5
      then greatest(e.open_until, moment + least(
        interval '10 minutes', interval '30 seconds' * power(2, least(e.failures + 1 - 5, 10))))
      else e.open_until end
  returning e.* into reported;
  return coalesce(reported.open_until > moment, false);
end
$$;
comment on function public.report_to_breaker is
  'Tells the breaker how a request ended. After five failures in a row it opens for half a minute, and then for twice '
  'as long each time, up to ten minutes. Returns whether it is open now.';

-- Ending grants -------------------------------------------------------------------------------------------------------

create table public.revocations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
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
  constraint revocations_type_length check (char_length(integration_type) <= 63),
  constraint revocations_account_length check (char_length(external_account_id) <= 255),
  constraint revocations_outcome_known check (
    outcome in ('pending', 'revoked', 'not_supported', 'still_shared', 'failed')
  ),
  constraint revocations_sealed check (private.config_is_sealed(config)),
  constraint revocations_config_size check (octet_length(config::text) <= 65536),
  constraint revocations_no_tokens_afterwards check ((outcome = 'pending') = (config is not null)),
  constraint revocations_key_id_length check (char_length(encryption_key_id) between 1 and 64),
  constraint revocations_attempts_range check (attempts >= 0),
  constraint revocations_times_finite check (
    isfinite(next_attempt_at) and isfinite(give_up_at) and isfinite(created_at) and isfinite(settled_at)
  )
);
create index revocations_pending_idx on public.revocations (next_attempt_at) where outcome = 'pending';
create index revocations_integration_idx on public.revocations (integration_id);
create index revocations_settled_idx on public.revocations (settled_at) where settled_at is not null;
create index revocations_key_id_idx on public.revocations (encryption_key_id) where outcome = 'pending';
comment on table public.revocations is
  'Grants that must be ended at their platform. The tokens are stored here, sealed as they were in their row, until '
  'the grant is ended or given up. Then only the record stays.';
comment on column public.revocations.id is 'The id.';
comment on column public.revocations.organization_id is 'The organization that owned the grant.';
comment on column public.revocations.integration_id is
  'The id that the tokens are sealed for: the deleted integration, or the choice that nobody made.';
comment on column public.revocations.integration_type is 'The provider.';
comment on column public.revocations.external_account_id is 'The account''s id at the platform, where it is known.';
comment on column public.revocations.config is 'The tokens, sealed. Null once the outcome is settled.';
comment on column public.revocations.encryption_key_id is 'The key that the tokens are sealed with.';
comment on column public.revocations.outcome is
  'pending, revoked, not_supported (the platform has no revocation), still_shared (it would end other grants as well) '
  'or failed (given up).';
comment on column public.revocations.attempts is 'How often it was tried.';
comment on column public.revocations.next_attempt_at is 'When it is tried next.';
comment on column public.revocations.give_up_at is 'When the tokens are erased even if the platform never answered.';
comment on column public.revocations.created_at is 'When the integration was deleted.';
comment on column public.revocations.settled_at is 'When the outcome was settled.';
alter table public.revocations enable row level security;
revoke all on public.revocations from anon, authenticated, service_role;
grant select, insert, update, delete on public.revocations to service_role;

create function private.tokens_of(p_config jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  -- Keep the OAuth app that the grant was issued to, because the revocation needs its secret.
  select jsonb_strip_nulls(jsonb_build_object(
    'access_token', p_config -> 'access_token',
    'refresh_token', p_config -> 'refresh_token',
    'oauth_client', p_config -> 'oauth_client'))
$$;
comment on function private.tokens_of is 'The part of a config that a revocation needs, still sealed.';

create function private.queue_revocation() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.revocations
    (organization_id, integration_id, integration_type, external_account_id, encryption_key_id, config)
  select old.organization_id, old.id, old.integration_type, old.external_account_id, s.encryption_key_id,
    private.tokens_of(old.config)
  from public.credential_state s
  where s.integration_id = old.id and s.grant_holder_id is null
    and old.config ?| array['access_token', 'refresh_token']
    -- If others still use the grant, delete_integration has handed the tokens over to one of them.
    and coalesce(current_setting('coffer.handed_over', true), '') <> old.id::text;
  return old;
end
$$;
comment on function private.queue_revocation is
  'Trigger: queues the grant of a deleted integration in the transaction of the deletion, no matter how it was '
  'deleted, so that a process that dies afterwards leaves no grant behind.';

-- The trigger runs before the deletion, because credential_state is deleted with the row.
create trigger queue_revocation before delete on public.integrations
for each row execute function private.queue_revocation();

create function public.queue_expired_choices(p_now timestamptz, p_limit integer) returns integer
language sql set search_path = ''
as $$
  with expired as (
    delete from public.connection_choices c
    where c.id in (
      select e.id from public.connection_choices e where e.expires_at < p_now
      order by e.expires_at limit p_limit for update skip locked
    )
    returning c.*
  ), queued as (
    insert into public.revocations
      (organization_id, integration_id, integration_type, encryption_key_id, next_attempt_at, config)
    select e.organization_id, e.id, e.provider, e.encryption_key_id, p_now, private.tokens_of(e.config) from expired e
    returning 1
  )
  select count(*)::int from queued
$$;
comment on function public.queue_expired_choices is
  'Moves the grants of expired choices to the revocations. Returns how many.';

create function public.claim_revocations(
  p_integration_id uuid, p_limit integer, p_retry_at timestamptz, p_now timestamptz
) returns setof public.revocations
language sql set search_path = ''
as $$
  update public.revocations r
  set attempts = r.attempts + 1, next_attempt_at = p_retry_at
  where r.id in (
    select d.id from public.revocations d
    where d.outcome = 'pending'
      and (case
        when p_integration_id is null then d.next_attempt_at <= p_now
        -- The deletion asks for this one right away, so the clocks do not matter.
        else d.integration_id = p_integration_id and d.attempts = 0 end)
    order by d.next_attempt_at
    limit p_limit
    for update skip locked
  )
  returning r.*
$$;
comment on function public.claim_revocations is
  'Claims the revocations that are due, or the one that a deletion left, for one worker. If a worker dies, the first '
  'run after p_retry_at claims its rows again.';

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
comment on function public.delete_settled_revocations is
  'Deletes records that were settled before p_before. Returns how many.';

-- Health checks -------------------------------------------------------------------------------------------------------

create function public.claim_due_health_checks(p_limit integer, p_retry_at timestamptz, p_now timestamptz)
returns setof public.credential_rows
language plpgsql set search_path = ''
as $$
declare
  claimed uuid[];
begin
  with taken as (
    update public.integrations i set next_check_at = p_retry_at
    where i.id in (
      select d.id from public.integrations d
      where d.status in ('active', 'misconfigured') and d.scan_schedule is null
        and d.next_check_at is not null and d.next_check_at <= p_now
      order by d.next_check_at
      limit p_limit
      for update skip locked
    )
    returning i.id
  )
  select array_agg(t.id) into claimed from taken t;
  return query select r.* from public.credential_rows r where r.id = any (claimed);
end
$$;
comment on function public.claim_due_health_checks is
  'Claims rows whose health check is due. The claim postpones their next check, so nobody else claims them, and a '
  'worker that dies loses one turn.';

create function public.record_health_check(
  p_organization_id uuid, p_id uuid, p_version bigint, p_outcome text, p_reason text, p_next_check_at timestamptz,
  p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
begin
  perform from public.integrations i
  where i.id = p_id and i.organization_id = p_organization_id for no key update;
  update public.credential_state s
  set last_check_outcome = p_outcome, next_refresh_at = case when p_reason is null then s.next_refresh_at end
  where s.integration_id = p_id and s.organization_id = p_organization_id and s.credential_version = p_version;
  if not found then
    return false;
  end if;
  update public.integrations i
  set last_checked_at = p_now,
      -- With a schedule, next_check_at stays unchanged.
      next_check_at = case
        when i.scan_schedule is not null and i.next_check_at is not null then i.next_check_at
        else p_next_check_at end,
      status = case when p_reason is null then i.status else 'needs_reauth' end,
      status_reason = coalesce(p_reason, i.status_reason)
  where i.id = p_id;
  update public.integrations i
  set last_checked_at = p_now,
      status = case when p_reason is null or i.status = 'paused' then i.status else 'needs_reauth' end,
      status_reason = coalesce(p_reason, i.status_reason)
  from public.credential_state s
  where s.grant_holder_id = p_id and s.organization_id = p_organization_id and i.id = s.integration_id;
  update public.credential_state s set last_check_outcome = p_outcome
  where s.grant_holder_id = p_id and s.organization_id = p_organization_id;
  return true;
end
$$;
comment on function public.record_health_check is
  'Records a health check. p_reason says why the grant is over, and is null otherwise. The version fences it, so that '
  'a check of old credentials says nothing about new ones.';

revoke all on function private.tokens_of, private.queue_revocation from public;
grant execute on function private.tokens_of to service_role;
revoke all on function
  public.claim_due_refreshes, public.due_refreshes, public.lease_integration, public.journal_refresh,
  public.save_refresh, public.fail_refresh, public.lend_credential, public.admit_by_breaker, public.report_to_breaker,
  public.queue_expired_choices, public.claim_revocations, public.delete_settled_revocations,
  public.claim_due_health_checks, public.record_health_check
from public, anon, authenticated, service_role;
grant execute on function
  public.claim_due_refreshes, public.due_refreshes, public.lease_integration, public.journal_refresh,
  public.save_refresh, public.fail_refresh, public.lend_credential, public.admit_by_breaker, public.report_to_breaker,
  public.queue_expired_choices, public.claim_revocations, public.delete_settled_revocations,
  public.claim_due_health_checks, public.record_health_check
to service_role;
