-- One connected account a row. `config` holds the credentials, sealed; nobody but service_role can read it back.

create table public.integrations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  integration_type text not null,
  name text not null,
  config jsonb not null default '{}',
  status text not null default 'active',
  status_reason text,
  scan_schedule text,
  last_checked_at timestamptz,
  next_check_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),

  external_account_id text,
  -- Accounts picked from one grant (the projects of one Supabase authorization) share its credentials: they lie in the
  -- holder's config. Two copies of one rotating refresh token would kill each other at the first refresh.
  grant_holder_id uuid,
  granted_scopes text[] not null default '{}',
  expires_at timestamptz,
  credential_version bigint not null default 1,
  encryption_key_id text,
  next_refresh_at timestamptz,
  refresh_attempts integer not null default 0,
  last_refreshed_at timestamptz,
  refresh_state jsonb,
  lease_owner uuid,
  lease_until timestamptz,
  last_sync timestamptz,
  created_by uuid references auth.users (id) on delete set null,
  -- transient | ambiguous | configuration | grant: of the last attempt, null after a success.
  last_error_class text,
  -- Since when attempts have been failing: what is given up after a day must not depend on how often it was tried.
  failing_since timestamptz,
  -- When the refresh token lapses unless it is used before; moves with each refresh.
  refresh_expires_at timestamptz,
  -- When the person consented last, and when the platform ends that grant whatever happens (Spotify: six months).
  consented_at timestamptz,
  grant_ends_at timestamptz,
  -- Someone works with the access token until then: where a refresh kills it at once, none is begun early.
  held_until timestamptz,
  last_check_outcome text,

  constraint integrations_type_form check (integration_type ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint integrations_name_length check (char_length(name) between 1 and 200),
  constraint integrations_status_known check (status in ('active', 'needs_reauth', 'misconfigured', 'paused',
    'revoked')),
  constraint integrations_scan_schedule_length check (char_length(scan_schedule) <= 200),
  -- Five fields and, before them, optionally a time zone: CRON_TZ=Europe/Berlin 0 3 * * *
  constraint integrations_scan_schedule_form check (
    scan_schedule ~ '^(CRON_TZ=[A-Za-z0-9_+/-]+ )?[^\s=]+( [^\s=]+){4}$'
  ),
  constraint integrations_external_account_length check (char_length(external_account_id) between 1 and 255),
  constraint integrations_config_is_object check (jsonb_typeof(config) = 'object'),
  constraint integrations_config_size check (octet_length(config::text) <= 65536),
  constraint integrations_config_sealed check (private.config_is_sealed(config)),
  constraint integrations_refresh_state_sealed check (private.config_is_sealed(refresh_state)),
  constraint integrations_error_class_known check (last_error_class in ('transient', 'ambiguous', 'configuration',
    'grant')),
  constraint integrations_check_outcome_known check (last_check_outcome in ('ok', 'refused', 'forbidden',
    'unreachable')),
  constraint integrations_account_unique unique (organization_id, integration_type, external_account_id),
  constraint integrations_holder_target unique (organization_id, integration_type, id),
  -- Composite, so that a row can only ever share credentials inside its own tenant and provider.
  constraint integrations_holder_same_tenant foreign key (organization_id, integration_type, grant_holder_id)
    references public.integrations (organization_id, integration_type, id),
  constraint integrations_holder_not_self check (grant_holder_id <> id)
);

create index idx_integrations_organization_id on public.integrations (organization_id);
create index idx_integrations_type on public.integrations (integration_type);
create index idx_integrations_status on public.integrations (status);
create index integrations_page_idx on public.integrations (organization_id, created_at desc, id desc);
create index integrations_grant_holder_idx on public.integrations (organization_id, integration_type, grant_holder_id)
  where grant_holder_id is not null;
create index integrations_created_by_idx on public.integrations (created_by);
create index integrations_key_id_idx on public.integrations (encryption_key_id);
create index integrations_due_idx on public.integrations (integration_type, next_refresh_at)
  where status in ('active', 'misconfigured') and grant_holder_id is null and next_refresh_at is not null;
create index idx_integrations_next_check_at on public.integrations (next_check_at)
  where status in ('active', 'misconfigured') and grant_holder_id is null and scan_schedule is null
    and next_check_at is not null;
create index integrations_scan_due_idx on public.integrations (next_check_at)
  where scan_schedule is not null and status = 'active' and next_check_at is not null;

create trigger touch_updated_at before update on public.integrations
for each row execute function private.touch_updated_at();

-- Sealed anew is not changed: neither version nor date move, and no reconnect is written down.
create function private.bump_credential_version() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.credential_version := old.credential_version
    + case when new.config is distinct from old.config and coalesce(current_setting('coffer.reseal', true),
      '') <> 'on' then 1 else 0 end;
  return new;
end
$$;

create trigger bump_credential_version before update on public.integrations
for each row execute function private.bump_credential_version();

-- A reconnect keeps the turns of a schedule.
create function private.keep_scan_turn() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.scan_schedule is not null and new.scan_schedule is not distinct from old.scan_schedule
    and old.next_check_at is not null
     and coalesce(current_setting('coffer.scan_turn', true), '') <> 'on' then
    new.next_check_at := old.next_check_at;
  end if;
  return new;
end
$$;
revoke all on function private.keep_scan_turn from public;

create trigger keep_scan_turn before update of next_check_at on public.integrations
for each row execute function private.keep_scan_turn();

alter table public.integrations enable row level security;
revoke all on public.integrations from anon, authenticated;
grant all on public.integrations to service_role;

-- Every column but config. A filter or a `returning` on config needs the same privilege, so it is refused as well.
grant select (
  id, organization_id, integration_type, name, status, status_reason, scan_schedule, last_checked_at, next_check_at,
  created_at, updated_at, external_account_id, grant_holder_id, granted_scopes, expires_at, credential_version,
  encryption_key_id, next_refresh_at, refresh_attempts, last_refreshed_at, last_sync, created_by,
  last_error_class, failing_since, refresh_expires_at, consented_at, grant_ends_at, last_check_outcome
) on public.integrations to authenticated;
grant insert (
  id, organization_id, integration_type, name, config, scan_schedule, external_account_id, grant_holder_id,
  granted_scopes, expires_at, encryption_key_id, created_by
) on public.integrations to authenticated;
-- Not organization_id, integration_type or the account: a row does not change its tenant or its identity.
grant update (
  name, config, status, status_reason, scan_schedule, grant_holder_id, granted_scopes, expires_at, encryption_key_id,
  next_refresh_at, refresh_attempts, refresh_state, refresh_expires_at, consented_at, grant_ends_at, held_until,
  next_check_at, last_check_outcome, last_error_class, failing_since
) on public.integrations to authenticated;
grant delete on public.integrations to authenticated;

create policy integrations_select on public.integrations for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

create policy integrations_insert on public.integrations for insert to authenticated
with check (
  organization_id = any ((select private.organizations_of_caller('member'))::uuid[])
  and created_by = (select auth.uid())
);

create policy integrations_update on public.integrations for update to authenticated
using (organization_id = any ((select private.organizations_of_caller('member'))::uuid[]))
with check (organization_id = any ((select private.organizations_of_caller('member'))::uuid[]));

create policy integrations_delete on public.integrations for delete to authenticated
using (organization_id = any ((select private.organizations_of_caller('member'))::uuid[]));

-- What members may see of an integration, as one relation (RLS and column grants of the caller apply).
create view public.integration_summaries with (security_invoker = true) as
select
  id, organization_id, integration_type, name, status, status_reason, scan_schedule, last_checked_at, next_check_at,
  created_at, updated_at, external_account_id, grant_holder_id, granted_scopes, expires_at, credential_version,
  encryption_key_id, next_refresh_at, refresh_attempts, last_refreshed_at, last_sync, created_by,
  last_error_class, failing_since, refresh_expires_at, consented_at, grant_ends_at, last_check_outcome,
  -- A fortnight before the end, or the last quarter of a grant that lives for less than eight weeks.
  coalesce(grant_ends_at - least(interval '14 days', (grant_ends_at - consented_at) / 4) <= now(), false) as ends_soon
from public.integrations;
revoke all on public.integration_summaries from anon, authenticated, service_role;
grant select on public.integration_summaries to authenticated, service_role;

-- Changes that have to be one transaction. All are security invoker: RLS and column grants of the caller decide.
-- p_request is {"id", "address"} of the HTTP request, for the audit row.

-- Connects accounts that share one grant, or reconnects the rows that are already there: id, name and history stay.
-- p_accounts: [{"id", "external_account_id", "name", "config"}]; the first holds the credentials for all.
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

-- As before, and with the schedule: whoever sets one also says when its first turn is.
create function public.update_integration(p_id uuid, p_patch jsonb, p_request jsonb) returns boolean
language plpgsql set search_path = ''
as $$
begin
  perform set_config('coffer.request', p_request::text, true);
  update public.integrations i
  set name = case when p_patch ? 'name' then p_patch ->> 'name' else i.name end,
      scan_schedule = case when p_patch ? 'scan_schedule' then p_patch ->> 'scan_schedule' else i.scan_schedule end,
      next_check_at = case
        when not p_patch ? 'scan_schedule' then i.next_check_at
        when p_patch ->> 'scan_schedule' is not null then (p_patch ->> 'next_check_at')::timestamptz
        when i.grant_holder_id is null then now() + interval '1 day' end,
      status = case
        when (p_patch -> 'paused') = 'true' and i.status = 'active' then 'paused'
        when (p_patch -> 'paused') = 'false' and i.status = 'paused' then 'active'
        else i.status end
  where i.id = p_id;
  return found;
end
$$;

-- Deletes the row and its ciphertext at once. If others share its credentials, those move to p_successor, re-sealed
-- for it
-- by the caller, in the same transaction. Returns whether a row was deleted.
create function public.delete_integration(
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

-- The list, with `attention` as a status: everything that waits for a person.
create function public.list_integrations(
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

revoke all on function
  public.connect_integrations,
  public.update_integration,
  public.delete_integration,
  public.list_integrations
from public, anon, authenticated, service_role;
grant execute on function
  public.connect_integrations,
  public.update_integration,
  public.delete_integration,
  public.list_integrations
to authenticated;
