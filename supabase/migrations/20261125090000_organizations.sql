-- Organizations: the tenants, and who belongs to them.

-- PostgREST does not expose this schema: policies, constraints and functions can use it, and nobody can call it over
-- HTTP.
create schema if not exists private;
comment on schema private is 'Helpers of Coffer. Not exposed over HTTP.';
revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;

create function private.now() returns timestamptz
language sql volatile set search_path = ''
as $$ select clock_timestamp() $$;
comment on function private.now is
  'The clock of the database, for times that several servers compare, because the servers'' clocks may differ. '
  'Functions read it once, into a variable or as (select private.now()), so that an index can use it. Tests replace '
  'this function to hand in a time. Functions that take p_now still go by the clock of the server that calls them.';
revoke all on function private.now from public;
grant execute on function private.now to service_role;

create function private.touch_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- A rotation of keys writes the same content in another form. That is not a change.
  if coalesce(current_setting('coffer.reseal', true), '') <> 'on' then
    new.updated_at := now();
  end if;
  return new;
end
$$;
comment on function private.touch_updated_at is
  'Trigger: keeps updated_at, except while a key rotation seals rows again.';
revoke all on function private.touch_updated_at from public;

-- Tables --------------------------------------------------------------------------------------------------------------

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now(),
  constraint organizations_name_length check (char_length(name) between 1 and 200),
  constraint organizations_times_finite check (isfinite(created_at))
);
comment on table public.organizations is
  'The tenants. A user''s personal organization has the user''s own id, so the policy organization_id = auth.uid() '
  'holds for it. Access to shared organizations goes through organization_members.';
comment on column public.organizations.id is 'The id. A personal organization has the id of its user.';
comment on column public.organizations.name is 'The name that people see.';
comment on column public.organizations.created_at is 'When it was created.';

create table public.organization_members (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id),
  constraint organization_members_role_known check (role in ('owner', 'admin', 'member', 'viewer')),
  constraint organization_members_times_finite check (isfinite(created_at))
);
create index organization_members_user_id_idx on public.organization_members (user_id);
comment on table public.organization_members is 'The members of each organization, with their roles.';
comment on column public.organization_members.organization_id is 'The organization.';
comment on column public.organization_members.user_id is 'The person.';
comment on column public.organization_members.role is
  'owner, admin, member or viewer. Each role includes the rights of the next one. A viewer only reads.';
comment on column public.organization_members.created_at is 'When the person joined.';

-- Supabase grants everything on new tables in public to its API roles. This revokes it, then grants only the intended
-- rights.
alter table public.organizations enable row level security;
alter table public.organization_members enable row level security;
revoke all on public.organizations, public.organization_members from anon, authenticated;
grant select on public.organizations, public.organization_members to authenticated;
grant all on public.organizations, public.organization_members to service_role;

create function private.organizations_of_caller(minimum_role text) returns uuid[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(m.organization_id), '{}')
  from public.organization_members m
  where m.user_id = (select auth.uid())
    and array_position(array['viewer', 'member', 'admin', 'owner'], m.role)
        >= array_position(array['viewer', 'member', 'admin', 'owner'], minimum_role)
$$;
comment on function private.organizations_of_caller is
  'The organizations in which the caller has at least the given role. Policies call it as (select …), so it runs '
  'once per query, not once per row.';
revoke all on function private.organizations_of_caller from public;
grant execute on function private.organizations_of_caller to authenticated, service_role;

create policy organizations_select on public.organizations for select to authenticated
using (id = any ((select private.organizations_of_caller('viewer'))::uuid[]));
create policy organization_members_select on public.organization_members for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

-- Personal organizations ----------------------------------------------------------------------------------------------

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
comment on function private.create_personal_organization is
  'Trigger: gives every new user an organization with the user''s own id.';
revoke all on function private.create_personal_organization from public;

create trigger create_personal_organization after insert on auth.users
for each row execute function private.create_personal_organization();

-- This covers users who signed up before Coffer was installed.
insert into public.organizations (id, name)
select u.id, left(coalesce(nullif(split_part(u.email, '@', 1), ''), 'Personal'), 200) from auth.users u
on conflict (id) do nothing;
insert into public.organization_members (organization_id, user_id, role)
select u.id, u.id, 'owner' from auth.users u
on conflict do nothing;
