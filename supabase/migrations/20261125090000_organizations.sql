-- Tenants. A user's personal organisation has the user's own id, so `organization_id = auth.uid()` holds for it;
-- shared organisations go through membership.

-- Helpers live in a schema that PostgREST does not expose: usable in policies and constraints, not callable as an RPC.
create schema if not exists private;
revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;

create function private.touch_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if coalesce(current_setting('coffer.reseal', true), '') <> 'on' then
    new.updated_at := now();
  end if;
  return new;
end
$$;

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now(),
  constraint organizations_name_length check (char_length(name) between 1 and 200)
);

create table public.organization_members (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id),
  constraint organization_members_role_known check (role in ('owner', 'admin', 'member', 'viewer'))
);
create index organization_members_user_id_idx on public.organization_members (user_id);

-- The organisations in which the caller has at least the given role.
-- Returns an array, and policies call it as (select …): evaluated once a query, not once a row.
create function private.organizations_of_caller(minimum_role text) returns uuid[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(m.organization_id), '{}')
  from public.organization_members m
  where m.user_id = (select auth.uid())
    and array_position(array['viewer', 'member', 'admin', 'owner'], m.role)
        >= array_position(array['viewer', 'member', 'admin', 'owner'], minimum_role)
$$;
revoke all on function private.organizations_of_caller from public;
grant execute on function private.organizations_of_caller to authenticated, service_role;

create function private.create_personal_organization() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.organizations (id, name)
  values (new.id, left(coalesce(nullif(split_part(new.email, '@', 1), ''), 'Personal'), 200))
  on conflict (id) do nothing;
  insert into public.organization_members (organization_id, user_id, role)
  values (new.id, new.id, 'owner')
  on conflict do nothing;
  return new;
end
$$;
revoke all on function private.create_personal_organization from public;

create trigger create_personal_organization after insert on auth.users
for each row execute function private.create_personal_organization();

-- Users who signed up before Coffer was installed.
insert into public.organizations (id, name)
select u.id, left(coalesce(nullif(split_part(u.email, '@', 1), ''), 'Personal'), 200) from auth.users u
on conflict (id) do nothing;
insert into public.organization_members (organization_id, user_id, role)
select u.id, u.id, 'owner' from auth.users u
on conflict do nothing;

alter table public.organizations enable row level security;
alter table public.organization_members enable row level security;

-- Supabase grants everything on new tables in public to its API roles: take it back, then give what is meant.
revoke all on public.organizations, public.organization_members from anon, authenticated;
grant select on public.organizations, public.organization_members to authenticated;
grant all on public.organizations, public.organization_members to service_role;

create policy organizations_select on public.organizations for select to authenticated
using (id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

create policy organization_members_select on public.organization_members for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
