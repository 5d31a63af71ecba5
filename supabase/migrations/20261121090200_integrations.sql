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

  constraint integrations_type_form check (integration_type ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint integrations_name_length check (char_length(name) between 1 and 200),
  constraint integrations_status_known check (status in ('active', 'needs_reauth', 'misconfigured', 'paused', 'revoked')),
  constraint integrations_scan_schedule_length check (char_length(scan_schedule) <= 200),
  constraint integrations_external_account_length check (char_length(external_account_id) between 1 and 255),
  constraint integrations_config_is_object check (jsonb_typeof(config) = 'object'),
  constraint integrations_config_size check (octet_length(config::text) <= 65536),
  constraint integrations_config_sealed check (private.config_is_sealed(config)),
  constraint integrations_refresh_state_sealed check (private.config_is_sealed(refresh_state)),
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
create index idx_integrations_next_check_at on public.integrations (next_check_at);
create index integrations_page_idx on public.integrations (organization_id, created_at desc, id desc);
create index integrations_grant_holder_idx on public.integrations (organization_id, integration_type, grant_holder_id) where grant_holder_id is not null;
create index integrations_created_by_idx on public.integrations (created_by);
create index integrations_key_id_idx on public.integrations (encryption_key_id);

create trigger touch_updated_at before update on public.integrations
for each row execute function private.touch_updated_at();

-- The fence of every credential save. Kept by the database, so that no writer can forget or forge it.
create function private.bump_credential_version() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.credential_version := old.credential_version + case when new.config is distinct from old.config then 1 else 0 end;
  return new;
end
$$;
create trigger bump_credential_version before update on public.integrations
for each row execute function private.bump_credential_version();

alter table public.integrations enable row level security;
revoke all on public.integrations from anon, authenticated;
grant all on public.integrations to service_role;

-- Every column but config. A filter or a `returning` on config needs the same privilege, so it is refused as well.
grant select (
  id, organization_id, integration_type, name, status, status_reason, scan_schedule, last_checked_at, next_check_at,
  created_at, updated_at, external_account_id, grant_holder_id, granted_scopes, expires_at, credential_version,
  encryption_key_id, next_refresh_at, refresh_attempts, last_refreshed_at, last_sync, created_by
) on public.integrations to authenticated;
grant insert (
  id, organization_id, integration_type, name, config, scan_schedule, external_account_id, grant_holder_id,
  granted_scopes, expires_at, encryption_key_id, created_by
) on public.integrations to authenticated;
-- Not organization_id, integration_type or the account: a row does not change its tenant or its identity.
grant update (
  name, config, status, status_reason, scan_schedule, grant_holder_id, granted_scopes, expires_at, encryption_key_id,
  next_refresh_at, refresh_attempts, refresh_state
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
  encryption_key_id, next_refresh_at, refresh_attempts, last_refreshed_at, last_sync, created_by
from public.integrations;
revoke all on public.integration_summaries from anon, authenticated, service_role;
grant select on public.integration_summaries to authenticated, service_role;
