-- Integrations: one row per connected account, and beside it a row with the server's own state of its credentials.

-- Connected accounts --------------------------------------------------------------------------------------------------

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
  granted_scopes text[] not null default '{}',
  expires_at timestamptz,
  last_sync timestamptz,
  created_by uuid references auth.users (id) on delete set null,

  constraint integrations_type_form check (integration_type ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint integrations_name_length check (char_length(name) between 1 and 200),
  constraint integrations_status_known check (
    status in ('active', 'needs_reauth', 'misconfigured', 'paused', 'revoked')
  ),
  constraint integrations_status_reason_length check (char_length(status_reason) between 1 and 100),
  constraint integrations_scan_schedule_length check (char_length(scan_schedule) <= 200),
  -- Five fields, optionally after a time zone: CRON_TZ=Europe/Berlin 0 3 * * *
  constraint integrations_scan_schedule_form check (
    scan_schedule ~ '^(CRON_TZ=[A-Za-z0-9_+/-]+ )?[A-Za-z0-9*/,#?+-]+( [A-Za-z0-9*/,#?+-]+){4}$'
  ),
  constraint integrations_external_account_length check (char_length(external_account_id) between 1 and 255),
  constraint integrations_granted_scopes_form check (private.is_list_of_text(granted_scopes, 1000, 65536)),
  constraint integrations_config_is_object check (jsonb_typeof(config) = 'object'),
  constraint integrations_config_size check (octet_length(config::text) <= 65536),
  constraint integrations_config_sealed check (private.config_is_sealed(config)),
  constraint integrations_times_finite check (
    isfinite(last_checked_at) and isfinite(next_check_at) and isfinite(created_at) and isfinite(updated_at)
    and isfinite(expires_at) and isfinite(last_sync)
  ),
  constraint integrations_account_unique unique (organization_id, integration_type, external_account_id),
  constraint integrations_holder_target unique (organization_id, integration_type, id)
) with (fillfactor = 85);
comment on table public.integrations is
  'One row per connected account. Its credentials are sealed in config. The state that keeps them alive is in '
  'credential_state.';
comment on column public.integrations.id is
  'The id. It is part of the encryption: a ciphertext opens only in its own row.';
comment on column public.integrations.organization_id is 'The organization that owns it.';
comment on column public.integrations.integration_type is 'The provider: github, spotify, …, or imap for a mailbox.';
comment on column public.integrations.name is 'The name that people see. Members may change it.';
comment on column public.integrations.config is
  'The credentials, sealed value by value (iv.tag.ciphertext), and the values that are declared plain. Only '
  'service_role reads it.';
comment on column public.integrations.status is
  'active, needs_reauth (the grant is over), misconfigured (the OAuth app is refused, the grant is not), paused or '
  'revoked. Members may pause and resume; the server sets the rest.';
comment on column public.integrations.status_reason is
  'The reason for the status, as one of the reasons that the API names.';
comment on column public.integrations.scan_schedule is
  'When it is scanned: a cron expression of five fields, optionally after CRON_TZ=<zone>. Members may change it.';
comment on column public.integrations.last_checked_at is 'When a health check or a scan last asked the platform.';
comment on column public.integrations.next_check_at is
  'When the next health check is due or, with a schedule, the next scan. Null where nothing is due by itself, for '
  'example for an account that shares the credentials of another one.';
comment on column public.integrations.created_at is 'When it was connected first.';
comment on column public.integrations.updated_at is 'When anything in this row changed last.';
comment on column public.integrations.external_account_id is
  'The account''s id at the platform. A reconnect of the same account keeps the row.';
comment on column public.integrations.granted_scopes is 'The scopes that the person granted.';
comment on column public.integrations.expires_at is
  'When the access token ends. Null when the platform did not say that it ends.';
comment on column public.integrations.last_sync is 'When platform data was last fetched successfully.';
comment on column public.integrations.created_by is 'The person who connected it.';

create index idx_integrations_organization_id on public.integrations (organization_id);
create index idx_integrations_type on public.integrations (integration_type);
create index idx_integrations_status on public.integrations (status);
create index integrations_page_idx on public.integrations (organization_id, created_at desc, id desc);
create index integrations_created_by_idx on public.integrations (created_by);
-- The index of due health checks. The scans of a row with its own schedule also check its grant.
create index idx_integrations_next_check_at on public.integrations (next_check_at)
  where status in ('active', 'misconfigured') and scan_schedule is null and next_check_at is not null;
create index integrations_scan_due_idx on public.integrations (next_check_at)
  where scan_schedule is not null and status = 'active' and next_check_at is not null;

create trigger touch_updated_at before update on public.integrations
for each row execute function private.touch_updated_at();

-- The server's own state ----------------------------------------------------------------------------------------------

create table public.credential_state (
  integration_id uuid not null,
  organization_id uuid not null,
  integration_type text not null,
  credential_version bigint not null default 1,
  encryption_key_id text,
  grant_holder_id uuid,

  refreshable boolean not null default true,
  next_refresh_at timestamptz,
  refresh_attempts integer not null default 0,
  last_refreshed_at timestamptz,
  failing_since timestamptz,
  last_error_class text,
  refresh_state jsonb,
  lease_owner uuid,
  lease_until timestamptz,
  loaned_until timestamptz,

  refresh_expires_at timestamptz,
  consented_at timestamptz,
  grant_ends_at timestamptz,
  last_check_outcome text,
  attention_from timestamptz,

  -- The included columns let the foreign key below use this index.
  primary key (integration_id) include (organization_id, integration_type),
  constraint credential_state_integration foreign key (organization_id, integration_type, integration_id)
    references public.integrations (organization_id, integration_type, id) on delete cascade,
  -- The key is composite, so that a row can share credentials only inside its own tenant and provider. It is deferred,
  -- because a deletion of several integrations removes the holder before the rows that share with it.
  constraint credential_state_holder_same_tenant foreign key (organization_id, integration_type, grant_holder_id)
    references public.integrations (organization_id, integration_type, id) deferrable initially deferred,
  constraint credential_state_holder_not_self check (grant_holder_id <> integration_id),
  constraint credential_state_type_length check (char_length(integration_type) <= 63),
  constraint credential_state_version_range check (credential_version > 0),
  constraint credential_state_key_id_length check (char_length(encryption_key_id) between 1 and 64),
  constraint credential_state_attempts_range check (refresh_attempts >= 0),
  constraint credential_state_error_class_known check (
    last_error_class in ('transient', 'ambiguous', 'configuration', 'grant')
  ),
  constraint credential_state_journal_plain check (
    private.holds_no_secret(refresh_state) and octet_length(refresh_state::text) <= 1000
  ),
  constraint credential_state_check_outcome_known check (
    last_check_outcome in ('ok', 'refused', 'forbidden', 'unreachable')
  ),
  constraint credential_state_times_finite check (
    isfinite(next_refresh_at) and isfinite(last_refreshed_at) and isfinite(failing_since) and isfinite(lease_until)
    and isfinite(loaned_until) and isfinite(refresh_expires_at) and isfinite(consented_at) and isfinite(grant_ends_at)
    and isfinite(attention_from)
  )
-- Leases, journals and loans change columns that no index has. With free space on the page these are HOT updates: no
-- index is written, and the dead version is pruned without a vacuum.
) with (fillfactor = 70);
comment on table public.credential_state is
  'The state that keeps the credentials of an integration alive: one narrow row per integration. Only service_role '
  'reads and writes it. Members see its plain facts in integration_summaries. The row is created and deleted with its '
  'integration.';
comment on column public.credential_state.integration_id is 'The integration.';
comment on column public.credential_state.organization_id is 'The organization of the integration.';
comment on column public.credential_state.integration_type is 'The provider of the integration.';
comment on column public.credential_state.credential_version is
  'The fence of every save. It rises with each write of config, and a save names the version that it has seen.';
comment on column public.credential_state.encryption_key_id is 'The key that config is sealed with.';
comment on column public.credential_state.grant_holder_id is
  'The integration whose config holds the credentials, where several accounts were picked from one grant. Two copies '
  'of one rotating refresh token would end each other at the first refresh.';
comment on column public.credential_state.refreshable is
  'Whether the status of the integration lets it be refreshed (active or misconfigured: a repaired OAuth app works '
  'again at the next attempt). A trigger keeps it, so that the index of due rows holds only these rows.';
comment on column public.credential_state.next_refresh_at is
  'When the next refresh is due. Null when nothing ends, or nothing can be refreshed. A pause leaves it unchanged, so '
  'that a resume continues with it.';
comment on column public.credential_state.refresh_attempts is 'Failed attempts since the last success.';
comment on column public.credential_state.last_refreshed_at is 'When a refresh last worked.';
comment on column public.credential_state.failing_since is
  'When the attempts began to fail. A row is given up after a day of failures, not after a number of attempts.';
comment on column public.credential_state.last_error_class is
  'The reason why the last attempt failed: transient, ambiguous, configuration or grant. Null after a success.';
comment on column public.credential_state.refresh_state is
  'The journal, written before a refresh token is sent: {"status", "fingerprint", "at"}. A row that still has one was '
  'interrupted during a refresh.';
comment on column public.credential_state.lease_owner is
  'The worker that has the lease, which is the right to work on this row.';
comment on column public.credential_state.lease_until is 'When the lease ends by itself.';
comment on column public.credential_state.loaned_until is
  'Until when someone works with the access token. Where a refresh ends the token at once, no refresh is begun early '
  'before then.';
comment on column public.credential_state.refresh_expires_at is
  'When the refresh token lapses unless it is used before. Each refresh moves it.';
comment on column public.credential_state.consented_at is 'When the person consented last.';
comment on column public.credential_state.grant_ends_at is
  'When the platform ends the grant, no matter how often it is refreshed (Spotify: six months after consent).';
comment on column public.credential_state.last_check_outcome is
  'The outcome of the last health check: ok, refused, forbidden or unreachable.';
comment on column public.credential_state.attention_from is
  'When the integration begins to wait for a person: when its status changed, or when its grant is about to end. It '
  'is a time and not a flag, because the second case arrives without any write. The list asks for attention_from <= '
  'now().';

-- Due refreshes, by type first. Each provider's rows are claimed separately, so that a provider that hangs does not
-- delay the others.
create index credential_state_due_idx on public.credential_state (integration_type, next_refresh_at)
  where refreshable and grant_holder_id is null and next_refresh_at is not null;
create index credential_state_holder_idx
  on public.credential_state (grant_holder_id, organization_id, integration_type) where grant_holder_id is not null;
create index credential_state_attention_idx on public.credential_state (organization_id, attention_from)
  where attention_from is not null;
create index credential_state_key_idx on public.credential_state (encryption_key_id, integration_id);

create function private.is_refreshable(p_status text) returns boolean
language sql immutable parallel safe set search_path = ''
as $$ select p_status in ('active', 'misconfigured') $$;
comment on function private.is_refreshable is 'True for a status in which credentials are kept alive.';

create function private.ends_soon_at(p_consented_at timestamptz, p_grant_ends_at timestamptz) returns timestamptz
language sql stable parallel safe set search_path = ''
as $$ select p_grant_ends_at - least(interval '14 days', (p_grant_ends_at - p_consented_at) / 4) $$;
comment on function private.ends_soon_at is
  'When a grant begins to count as ending soon: a fortnight before its end, or in the last quarter of a grant that '
  'lives for less than eight weeks.';

create function private.attention_from(
  p_status text, p_consented_at timestamptz, p_grant_ends_at timestamptz
) returns timestamptz
language sql stable parallel safe set search_path = ''
as $$
  select case
    when p_status in ('needs_reauth', 'misconfigured', 'revoked') then now()
    else private.ends_soon_at(p_consented_at, p_grant_ends_at) end
$$;
comment on function private.attention_from is 'Returns when an integration begins to wait for a person.';

create function private.begin_credential_state() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.credential_state
    (integration_id, organization_id, integration_type, refreshable, attention_from)
  values (
    new.id, new.organization_id, new.integration_type, private.is_refreshable(new.status),
    private.attention_from(new.status, null, null)
  );
  return null;
end
$$;
comment on function private.begin_credential_state is 'Trigger: gives every integration its row in credential_state.';

create function private.follow_status() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.credential_state s
  set refreshable = private.is_refreshable(new.status),
      attention_from = private.attention_from(new.status, s.consented_at, s.grant_ends_at)
  where s.integration_id = new.id;
  return null;
end
$$;
comment on function private.follow_status is
  'Trigger: the only place where a change of status reaches credential_state.';

create function private.follow_config() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- A rotation of keys writes the same credentials in another form.
  if coalesce(current_setting('coffer.reseal', true), '') <> 'on' then
    update public.credential_state s set credential_version = s.credential_version + 1 where s.integration_id = new.id;
  end if;
  return null;
end
$$;
comment on function private.follow_config is
  'Trigger: raises the version with each write of config, so that no writer can forget or forge it.';

create function private.follow_grant() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.attention_from := private.attention_from(
    (select i.status from public.integrations i where i.id = new.integration_id), new.consented_at, new.grant_ends_at);
  return new;
end
$$;
comment on function private.follow_grant is 'Trigger: keeps attention_from when the end of the grant changes.';

create trigger begin_credential_state after insert on public.integrations
for each row execute function private.begin_credential_state();
create trigger follow_status after update of status on public.integrations
for each row when (new.status is distinct from old.status) execute function private.follow_status();
create trigger follow_grant before update of consented_at, grant_ends_at on public.credential_state
for each row when (
  new.consented_at is distinct from old.consented_at or new.grant_ends_at is distinct from old.grant_ends_at
) execute function private.follow_grant();
create trigger follow_config after update of config on public.integrations
for each row when (new.config is distinct from old.config) execute function private.follow_config();

-- Privileges ----------------------------------------------------------------------------------------------------------

alter table public.integrations enable row level security;
alter table public.credential_state enable row level security;
revoke all on public.integrations, public.credential_state from anon, authenticated, service_role;
grant select, insert, update, delete on public.integrations, public.credential_state to service_role;

-- Members read every column but config. A filter or a `returning` on config needs the same privilege, so it is refused
-- as well. They can write only three columns. The server connects and deletes.
grant select (
  id, organization_id, integration_type, name, status, status_reason, scan_schedule, last_checked_at, next_check_at,
  created_at, updated_at, external_account_id, granted_scopes, expires_at, last_sync, created_by
) on public.integrations to authenticated;
grant update (name, scan_schedule, status) on public.integrations to authenticated;

create policy integrations_select on public.integrations for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
create policy integrations_update on public.integrations for update to authenticated
using (organization_id = any ((select private.organizations_of_caller('member'))::uuid[]))
with check (organization_id = any ((select private.organizations_of_caller('member'))::uuid[]));

create function private.guard_status() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- This is a trigger, because neither a CHECK nor a policy sees both the old row and the new one.
  if current_user in ('anon', 'authenticated')
     and not (old.status in ('active', 'paused') and new.status in ('active', 'paused')) then
    raise exception 'members may pause an active integration and resume a paused one, and set no other status'
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
comment on function private.guard_status is
  'Trigger: a member may change the status from active to paused and back, and to nothing else.';
create trigger guard_status before update of status on public.integrations
for each row when (new.status is distinct from old.status) execute function private.guard_status();

create function private.set_first_turn() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  shares boolean := exists (
    select from public.credential_state s where s.integration_id = new.id and s.grant_holder_id is not null);
begin
  if new.scan_schedule is null and shares then
    new.next_check_at := null;
  elsif new.next_check_at is null then
    new.next_check_at := now() + interval '1 day';
  end if;
  return new;
end
$$;
comment on function private.set_first_turn is
  'Trigger: sets the first turn after a change of the schedule that does not say when it is (for example, a member''s '
  'own change through the REST API). The first turn is within a day, and the schedule decides from then on.';
create trigger set_first_turn before update of scan_schedule on public.integrations
for each row when (
  new.scan_schedule is distinct from old.scan_schedule and new.next_check_at is not distinct from old.next_check_at
) execute function private.set_first_turn();

-- Reading -------------------------------------------------------------------------------------------------------------

-- This view runs with its owner's rights, so that members need none on credential_state, and filters by the caller's
-- organizations itself. A plain view is merged into the query that uses it, which costs one lookup in the primary key
-- per row.
create view private.credential_facts as
select
  integration_id, organization_id, credential_version, encryption_key_id, grant_holder_id, next_refresh_at,
  refresh_attempts, last_refreshed_at, failing_since, last_error_class, refresh_expires_at, consented_at, grant_ends_at,
  last_check_outcome, attention_from
from public.credential_state
where organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]);
comment on view private.credential_facts is
  'The facts of credential_state that members may know: no lease, no loan, no journal.';
revoke all on private.credential_facts from public, anon, authenticated, service_role;
grant select on private.credential_facts to authenticated;

create view public.integration_summaries with (security_invoker = true) as
select
  i.id, i.organization_id, i.integration_type, i.name, i.status, i.status_reason, i.scan_schedule, i.last_checked_at,
  i.next_check_at, i.created_at, i.updated_at, i.external_account_id, c.grant_holder_id, i.granted_scopes, i.expires_at,
  c.credential_version, c.encryption_key_id, c.next_refresh_at, c.refresh_attempts, c.last_refreshed_at, i.last_sync,
  i.created_by, c.last_error_class, c.failing_since, c.refresh_expires_at, c.consented_at, c.grant_ends_at,
  c.last_check_outcome, c.attention_from,
  coalesce(private.ends_soon_at(c.consented_at, c.grant_ends_at) <= now(), false) as ends_soon
from public.integrations i
join private.credential_facts c on c.organization_id = i.organization_id and c.integration_id = i.id;
comment on view public.integration_summaries is
  'The facts about an integration that members may see, as one relation. Row level security and column grants of the '
  'caller apply to integrations; the facts about the credentials come from credential_state.';
comment on column public.integration_summaries.ends_soon is
  'Whether the grant ends within a fortnight, or within the last quarter of a short one.';
revoke all on public.integration_summaries from anon, authenticated, service_role;
grant select on public.integration_summaries to authenticated;

create view public.credential_rows with (security_invoker = true) as
select
  i.id, i.organization_id, i.integration_type, i.external_account_id, i.config, i.granted_scopes, i.status,
  i.status_reason, i.expires_at, s.credential_version, s.encryption_key_id, s.refresh_state, s.refresh_attempts,
  s.failing_since, s.next_refresh_at, s.refresh_expires_at, s.grant_ends_at, s.grant_holder_id, s.lease_until,
  s.loaned_until
from public.integrations i
join public.credential_state s on s.organization_id = i.organization_id and s.integration_id = i.id;
comment on view public.credential_rows is
  'The columns of an integration that the server needs to work with its credentials. Only service_role reads it.';
revoke all on public.credential_rows from anon, authenticated, service_role;
grant select on public.credential_rows to service_role;

create function public.list_integrations(
  p_organization_id uuid default null, p_type text default null, p_status text default null,
  p_before_at timestamptz default null, p_before_id uuid default null, p_limit integer default 50
) returns setof public.integration_summaries
-- Each call gets its own plan, because a generic plan could not use the index for the cursor.
language plpgsql stable set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  if p_status = 'attention' then
    return query
    select page.* from unnest(private.organizations_of_caller('viewer')) as o (id)
    cross join lateral (
      select s.* from public.integration_summaries s
      where s.organization_id = o.id and s.attention_from <= now()
        and (p_type is null or s.integration_type = p_type)
        and (p_before_at is null or (s.created_at, s.id) < (p_before_at, p_before_id))
      order by s.created_at desc, s.id desc
      limit p_limit
    ) page
    where p_organization_id is null or o.id = p_organization_id
    order by page.created_at desc, page.id desc
    limit p_limit;
  else
    return query
    select page.* from unnest(private.organizations_of_caller('viewer')) as o (id)
    cross join lateral (
      select s.* from public.integration_summaries s
      where s.organization_id = o.id
        and (p_type is null or s.integration_type = p_type)
        and (p_status is null or s.status = p_status)
        and (p_before_at is null or (s.created_at, s.id) < (p_before_at, p_before_id))
      order by s.created_at desc, s.id desc
      limit p_limit
    ) page
    where p_organization_id is null or o.id = p_organization_id
    order by page.created_at desc, page.id desc
    limit p_limit;
  end if;
end
$$;
comment on function public.list_integrations is
  'Returns a page of the caller''s integrations, newest first, across their organizations. p_status is a status, or '
  'attention for everything that waits for a person. The cursor is created_at and id of the last row of the page '
  'before.';

-- Writing -------------------------------------------------------------------------------------------------------------

-- Changes that must be one transaction. Only service_role calls them, after the server has authorized the person under
-- their own rights; each names the organization and filters by it. p_request is {"id", "address", "actor"} of the HTTP
-- request and its person, for the audit row.

create function public.connect_integrations(
  p_organization_id uuid, p_integration_type text, p_accounts jsonb, p_grant jsonb, p_encryption_key_id text,
  p_request jsonb
) returns table (integration_id uuid, reconnected boolean)
language plpgsql set search_path = ''
as $$
declare
  account jsonb;
  account_id uuid;
  before record;
  holder uuid := (p_accounts -> 0 ->> 'id')::uuid;
  ids uuid[] := array(select (a ->> 'id')::uuid from jsonb_array_elements(p_accounts) a);
  scopes text[] := array(select jsonb_array_elements_text(p_grant -> 'granted_scopes'));
  moved uuid[];
begin
  perform set_config('coffer.request', p_request::text, true);
  perform set_config('coffer.action', 'integration.reconnect', true);
  -- The rows are locked in one order, so that two reconnects at once do not deadlock.
  perform from public.integrations i where i.id = any (ids) order by i.id for no key update;

  for account in select a from jsonb_array_elements(p_accounts) a loop
    account_id := (account ->> 'id')::uuid;
    select i.config, s.grant_holder_id into before
    from public.integrations i join public.credential_state s on s.integration_id = i.id
    where i.id = account_id;
    update public.integrations i
    set config = account -> 'config',
        status = case when i.status = 'paused' then 'paused' else 'active' end,
        status_reason = null,
        granted_scopes = scopes,
        expires_at = (p_grant ->> 'expires_at')::timestamptz,
        -- With a schedule, next_check_at stays unchanged.
        next_check_at = case
          when i.scan_schedule is not null and i.next_check_at is not null then i.next_check_at
          when account_id = holder then now() + interval '1 day' end
    where i.id = account_id and i.organization_id = p_organization_id and i.integration_type = p_integration_type;
    reconnected := found;
    if not reconnected then
      insert into public.integrations (
        id, organization_id, integration_type, name, config, external_account_id, granted_scopes, expires_at,
        next_check_at, created_by
      ) values (
        account_id, p_organization_id, p_integration_type, account ->> 'name', account -> 'config',
        account ->> 'external_account_id', scopes, (p_grant ->> 'expires_at')::timestamptz,
        case when account_id = holder then now() + interval '1 day' end, (p_request ->> 'actor')::uuid
      );
    end if;
    update public.credential_state s
    set grant_holder_id = nullif(holder, account_id),
        encryption_key_id = p_encryption_key_id,
        next_refresh_at = (p_grant ->> 'next_refresh_at')::timestamptz,
        refresh_attempts = 0, failing_since = null, last_error_class = null, refresh_state = null, loaned_until = null,
        refresh_expires_at = (p_grant ->> 'refresh_expires_at')::timestamptz,
        consented_at = now(), grant_ends_at = (p_grant ->> 'grant_ends_at')::timestamptz, last_check_outcome = null
    where s.integration_id = account_id;
    -- A trigger records the change of config, but not the move to another holder.
    if reconnected and before.config = account -> 'config'
       and before.grant_holder_id is distinct from nullif(holder, account_id) then
      perform private.audit_integrations(array[account_id], 'integration.reconnect');
    end if;
    integration_id := account_id;
    return next;
  end loop;

  -- If a holder now shares the credentials of another row, its sharers move to the new holder too, so that no chains
  -- arise.
  with followed as (
    update public.credential_state s set grant_holder_id = holder
    where s.organization_id = p_organization_id and s.integration_type = p_integration_type
      and s.grant_holder_id = any (ids) and s.grant_holder_id <> holder and s.integration_id <> holder
    returning s.integration_id as id
  )
  select array_agg(f.id) into moved from followed f;
  perform private.audit_integrations(moved, 'integration.reconnect');
end
$$;
comment on function public.connect_integrations is
  'Connects accounts that share one grant, or reconnects the rows that exist already, which keep id, name and '
  'history. p_accounts: [{"id", "external_account_id", "name", "config"}]; the first one holds the credentials for '
  'all. p_grant: {"granted_scopes", "expires_at", "next_refresh_at", "refresh_expires_at", "grant_ends_at"}.';

create function public.update_integration(
  p_organization_id uuid, p_id uuid, p_patch jsonb, p_request jsonb
) returns boolean
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
        when s.grant_holder_id is null then now() + interval '1 day' end,
      status = case
        when (p_patch -> 'paused') = 'true' and i.status = 'active' then 'paused'
        when (p_patch -> 'paused') = 'false' and i.status = 'paused' then 'active'
        else i.status end
  from public.credential_state s
  where i.id = p_id and i.organization_id = p_organization_id and s.integration_id = i.id;
  return found;
end
$$;
comment on function public.update_integration is
  'Renames, pauses or resumes an integration, or sets its schedule. p_patch: any of {"name", "paused", '
  '"scan_schedule" with "next_check_at"}. Returns whether the row exists.';

create function public.delete_integration(
  p_organization_id uuid, p_id uuid, p_request jsonb, p_successor_id uuid default null,
  p_successor_config jsonb default null, p_encryption_key_id text default null
) returns boolean
language plpgsql set search_path = ''
as $$
declare
  moved uuid[];
begin
  perform set_config('coffer.request', p_request::text, true);
  perform set_config('coffer.action', 'integration.take_over', true);
  perform from public.integrations i where i.id = p_id and i.organization_id = p_organization_id for update;
  if not found then
    return false;
  end if;
  if p_successor_id is not null then
    perform set_config('coffer.handed_over', p_id::text, true);
    update public.integrations i
    set config = p_successor_config,
        next_check_at = case when i.scan_schedule is null then h.next_check_at else i.next_check_at end
    from public.integrations h, public.credential_state s
    where h.id = p_id and i.id = p_successor_id and s.integration_id = i.id and s.grant_holder_id = p_id;
    update public.credential_state s
    set grant_holder_id = null, encryption_key_id = p_encryption_key_id, next_refresh_at = h.next_refresh_at,
        refresh_expires_at = h.refresh_expires_at
    from public.credential_state h
    where h.integration_id = p_id and s.integration_id = p_successor_id and s.grant_holder_id = p_id;
    with followed as (
      update public.credential_state s set grant_holder_id = p_successor_id where s.grant_holder_id = p_id
      returning s.integration_id as id
    )
    select array_agg(f.id) into moved from followed f;
    perform private.audit_integrations(moved, 'integration.take_over');
  end if;
  -- The foreign key checks the same, but only at the end of the transaction.
  if exists (select from public.credential_state s where s.grant_holder_id = p_id) then
    raise exception 'other integrations share these credentials' using errcode = 'foreign_key_violation';
  end if;
  delete from public.integrations i where i.id = p_id;
  return true;
end
$$;
comment on function public.delete_integration is
  'Deletes an integration and its ciphertext at once. If others share its credentials, the credentials move to '
  'p_successor_id in the same transaction, in the form that the server sealed for it. Returns whether the row existed.';

revoke all on function
  private.is_refreshable, private.ends_soon_at, private.attention_from, private.begin_credential_state,
  private.follow_status, private.follow_config, private.follow_grant, private.guard_status, private.set_first_turn
from public;
grant execute on function private.ends_soon_at to authenticated, service_role;
grant execute on function private.is_refreshable, private.attention_from to service_role;

revoke all on function
  public.list_integrations, public.connect_integrations, public.update_integration, public.delete_integration
from public, anon, authenticated, service_role;
grant execute on function public.list_integrations to authenticated;
grant execute on function public.connect_integrations, public.update_integration, public.delete_integration
to service_role;
