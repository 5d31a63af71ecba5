-- Refresh: a lease on a row with a random owner, a journal written before the token request, and saves that are fenced by
-- the credential version. No advisory lock and no connection held over HTTP, so all of it works behind a transaction pooler.
-- The time is handed in, so that tests need not wait. Only service_role may call.

alter table public.integrations
  -- transient | ambiguous | configuration | grant: of the last attempt, null after a success.
  add column last_error_class text,
  -- Since when attempts have been failing: what is given up after a day must not depend on how often it was tried.
  add column failing_since timestamptz,
  add constraint integrations_error_class_known check (last_error_class in ('transient', 'ambiguous', 'configuration', 'grant'));

create index integrations_due_idx on public.integrations (next_refresh_at)
  where status in ('active', 'misconfigured') and grant_holder_id is null and next_refresh_at is not null;

grant select (last_error_class, failing_since) on public.integrations to authenticated;

-- Claims due rows for one worker, each row for one worker only. Oldest first, so that nothing starves.
create function public.claim_due_refreshes(p_owner uuid, p_limit integer, p_lease_seconds integer, p_now timestamptz)
returns setof public.integrations
language sql set search_path = ''
as $$
  update public.integrations i
  set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where i.id in (
    select d.id from public.integrations d
    -- Misconfigured ones too: once the OAuth app is mended, they heal at their next attempt.
    where d.status in ('active', 'misconfigured') and d.grant_holder_id is null
      and d.next_refresh_at is not null and d.next_refresh_at <= p_now
      and (d.lease_until is null or d.lease_until < p_now)
    order by d.next_refresh_at
    limit p_limit
    for update skip locked
  )
  returning i.*
$$;

-- Leases one row, if it is free and still the version that the caller saw. Empty otherwise.
create function public.lease_integration(p_organization_id uuid, p_id uuid, p_version bigint, p_owner uuid, p_lease_seconds integer, p_now timestamptz)
returns setof public.integrations
language sql set search_path = ''
as $$
  update public.integrations i
  set lease_owner = p_owner, lease_until = p_now + make_interval(secs => p_lease_seconds)
  where i.id = p_id and i.organization_id = p_organization_id and i.credential_version = p_version
    and (i.lease_until is null or i.lease_until < p_now)
  returning i.*
$$;

-- Written before a refresh token is sent: a row that has it without a result behind it was left in the middle.
create function public.journal_refresh(p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_state jsonb)
returns boolean
language plpgsql set search_path = ''
as $$
begin
  update public.integrations i set refresh_state = p_state
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner and i.credential_version = p_version;
  return found;
end
$$;

-- Saves what a refresh brought, unless the row was deleted, reconnected or leased anew in the meantime.
create function public.save_refresh(
  p_organization_id uuid, p_id uuid, p_owner uuid, p_version bigint, p_config jsonb, p_encryption_key_id text,
  p_granted_scopes text[], p_expires_at timestamptz, p_next_refresh_at timestamptz, p_now timestamptz
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  saved boolean;
begin
  perform set_config('coffer.action', 'integration.refresh', true);
  update public.integrations i
  set config = p_config, encryption_key_id = p_encryption_key_id, granted_scopes = coalesce(p_granted_scopes, i.granted_scopes),
      expires_at = p_expires_at, next_refresh_at = p_next_refresh_at, last_refreshed_at = p_now,
      refresh_attempts = 0, refresh_state = null, last_error_class = null, failing_since = null,
      status = case when i.status = 'misconfigured' then 'active' else i.status end, status_reason = null,
      lease_owner = null, lease_until = null
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner and i.credential_version = p_version;
  saved := found;
  -- Those that share the credentials show the same times.
  if saved then
    update public.integrations i set expires_at = p_expires_at, last_refreshed_at = p_now
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
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner and i.credential_version = p_version;
  recorded := found;
  if recorded and p_status is not null then
    update public.integrations i set status = p_status, status_reason = p_reason
    where i.organization_id = p_organization_id and i.grant_holder_id = p_id and i.status <> 'paused';
  end if;
  return recorded;
end
$$;

-- Gives a lease back that was not used.
create function public.release_lease(p_organization_id uuid, p_id uuid, p_owner uuid) returns void
language sql set search_path = ''
as $$
  update public.integrations i set lease_owner = null, lease_until = null
  where i.id = p_id and i.organization_id = p_organization_id and i.lease_owner = p_owner
$$;

-- How many rows are due and not leased: what a run left for the next.
create function public.count_due_refreshes(p_now timestamptz) returns integer
language sql stable set search_path = ''
as $$
  select count(*)::int from public.integrations i
  where i.status in ('active', 'misconfigured') and i.grant_holder_id is null and i.next_refresh_at is not null and i.next_refresh_at <= p_now
    and (i.lease_until is null or i.lease_until < p_now)
$$;

revoke all on function
  public.claim_due_refreshes(uuid, integer, integer, timestamptz),
  public.lease_integration(uuid, uuid, bigint, uuid, integer, timestamptz),
  public.journal_refresh(uuid, uuid, uuid, bigint, jsonb),
  public.save_refresh(uuid, uuid, uuid, bigint, jsonb, text, text[], timestamptz, timestamptz, timestamptz),
  public.fail_refresh(uuid, uuid, uuid, bigint, text, text, text, timestamptz, jsonb, timestamptz),
  public.release_lease(uuid, uuid, uuid),
  public.count_due_refreshes(timestamptz)
from public, anon, authenticated, service_role;
grant execute on function
  public.claim_due_refreshes(uuid, integer, integer, timestamptz),
  public.lease_integration(uuid, uuid, bigint, uuid, integer, timestamptz),
  public.journal_refresh(uuid, uuid, uuid, bigint, jsonb),
  public.save_refresh(uuid, uuid, uuid, bigint, jsonb, text, text[], timestamptz, timestamptz, timestamptz),
  public.fail_refresh(uuid, uuid, uuid, bigint, text, text, text, timestamptz, jsonb, timestamptz),
  public.release_lease(uuid, uuid, uuid),
  public.count_due_refreshes(timestamptz)
to service_role;

create or replace view public.integration_summaries with (security_invoker = true) as
select
  id, organization_id, integration_type, name, status, status_reason, scan_schedule, last_checked_at, next_check_at,
  created_at, updated_at, external_account_id, grant_holder_id, granted_scopes, expires_at, credential_version,
  encryption_key_id, next_refresh_at, refresh_attempts, last_refreshed_at, last_sync, created_by,
  last_error_class, failing_since
from public.integrations;
