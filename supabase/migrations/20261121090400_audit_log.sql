-- Who did what to which integration. Append-only: nobody updates or deletes, members of the organisation read.

create table public.audit_log (
  id bigint generated always as identity primary key,
  organization_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null,
  actor_id uuid,
  action text not null,
  outcome text not null,
  -- No foreign key: the record outlives the row that it tells about.
  integration_id uuid,
  integration_type text,
  request_id text,
  address text,
  details jsonb not null default '{}',
  constraint audit_log_actor_kind_known check (actor_kind in ('user', 'service')),
  constraint audit_log_outcome_known check (outcome in ('success', 'denied', 'failure')),
  constraint audit_log_action_form check (action ~ '^[a-z_]+\.[a-z_]+$'),
  constraint audit_log_request_length check (char_length(request_id) <= 100 and char_length(address) <= 100),
  constraint audit_log_details_sealed check (private.config_is_sealed(details))
);
create index audit_log_organization_idx on public.audit_log (organization_id, id desc);
create index audit_log_integration_idx on public.audit_log (integration_id, id desc);

alter table public.audit_log enable row level security;
revoke all on public.audit_log from anon, authenticated, service_role;
grant select on public.audit_log to authenticated;
grant select, insert on public.audit_log to service_role;

create policy audit_log_select on public.audit_log for select to authenticated
using (organization_id = any ((select private.organizations_of_caller('viewer'))::uuid[]));

create function private.refuse_audit_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  raise exception 'audit_log is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger refuse_audit_change before update or delete on public.audit_log
for each row execute function private.refuse_audit_change();
create trigger refuse_audit_truncate before truncate on public.audit_log
for each statement execute function private.refuse_audit_change();

-- Written by trigger, in the transaction of the change, whichever way the change came: through Coffer or straight to the
-- REST API. The actor is the verified JWT's. Request id and address are what the caller of the RPC said of them.
create function private.audit_integration_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  subject public.integrations := case when tg_op = 'DELETE' then old else new end;
  request jsonb := coalesce(nullif(current_setting('coffer.request', true), ''), '{}')::jsonb;
  actor uuid := auth.uid();
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
revoke all on function private.audit_integration_change() from public;

create trigger audit_integration_change after insert or update or delete on public.integrations
for each row execute function private.audit_integration_change();
