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
        next_refresh_at = p_next_refresh_at,
        refresh_attempts = 0,
        refresh_state = null,
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
      update public.integrations i set next_refresh_at = p_next_refresh_at where i.id = account_id;
    end if;
    integration_id := account_id;
    return next;
  end loop;

  -- Whoever shared the credentials of a row that now shares itself follows to the new holder: no chains.
  update public.integrations i set grant_holder_id = holder
  where i.organization_id = p_organization_id and i.integration_type = p_integration_type
    and i.grant_holder_id = any (ids) and i.grant_holder_id <> holder and i.id <> holder;
end
$$;

-- p_patch: any of {"name", "scan_schedule", "paused"}. Returns whether a row was there to change.
create function public.update_integration(p_id uuid, p_patch jsonb, p_request jsonb) returns boolean
language plpgsql set search_path = ''
as $$
begin
  perform set_config('coffer.request', p_request::text, true);
  update public.integrations i
  set name = case when p_patch ? 'name' then p_patch ->> 'name' else i.name end,
      scan_schedule = case when p_patch ? 'scan_schedule' then p_patch ->> 'scan_schedule' else i.scan_schedule end,
      status = case
        when (p_patch -> 'paused') = 'true' and i.status = 'active' then 'paused'
        when (p_patch -> 'paused') = 'false' and i.status = 'paused' then 'active'
        else i.status end
  where i.id = p_id;
  return found;
end
$$;

-- Deletes the row and its ciphertext at once. If others share its credentials, those move to p_successor, re-sealed for it
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
    update public.integrations i
    set grant_holder_id = null, config = p_successor_config, encryption_key_id = p_encryption_key_id
    where i.id = p_successor_id and i.grant_holder_id = p_id;
    update public.integrations i set grant_holder_id = p_successor_id where i.grant_holder_id = p_id;
  end if;
  delete from public.integrations i where i.id = p_id;
  return found;
end
$$;

-- Newest first, across the caller's organisations. One index range a organisation, however many rows there are.
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
      and (p_status is null or s.status = p_status)
      and (p_before_at is null or (s.created_at, s.id) < (p_before_at, p_before_id))
    order by s.created_at desc, s.id desc
    limit p_limit
  ) page
  where p_organization_id is null or o.id = p_organization_id
  order by page.created_at desc, page.id desc
  limit p_limit
$$;

-- What has to be true before the server takes requests: which keys the rows need, and that no API role of users can read
-- config (a platform that re-grants everything on start would silently undo the column grants).
create function public.database_guard() returns jsonb
language sql stable set search_path = ''
as $$
  with recursive key_ids (id) as (
    (select i.encryption_key_id from public.integrations i where i.encryption_key_id is not null order by 1 limit 1)
    union all
    select (select i.encryption_key_id from public.integrations i where i.encryption_key_id > k.id order by 1 limit 1)
    from key_ids k where k.id is not null
  )
  select jsonb_build_object(
    'key_ids', coalesce((select jsonb_agg(id) from key_ids where id is not null), '[]'),
    'config_readable_by', coalesce((
      select jsonb_agg(r) from unnest(array['anon', 'authenticated']) r
      where has_column_privilege(r, 'public.integrations', 'config', 'select')), '[]')
  )
$$;

revoke all on function
  public.connect_integrations(uuid, text, jsonb, text[], timestamptz, timestamptz, text, jsonb),
  public.update_integration(uuid, jsonb, jsonb),
  public.delete_integration(uuid, jsonb, uuid, jsonb, text),
  public.list_integrations(uuid, text, text, timestamptz, uuid, integer),
  public.database_guard()
from public, anon, authenticated, service_role;
grant execute on function
  public.connect_integrations(uuid, text, jsonb, text[], timestamptz, timestamptz, text, jsonb),
  public.update_integration(uuid, jsonb, jsonb),
  public.delete_integration(uuid, jsonb, uuid, jsonb, text),
  public.list_integrations(uuid, text, text, timestamptz, uuid, integer)
to authenticated;
grant execute on function public.database_guard() to service_role;
