-- The audit log: who did what, as a chain that shows every change.

create table public.audit_log (
  id bigint generated always as identity primary key,
  organization_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null,
  actor_id uuid,
  action text not null,
  outcome text not null,
  integration_id uuid,
  integration_type text,
  request_id text,
  address text,
  details jsonb not null default '{}',
  constraint audit_log_actor_kind_known check (actor_kind in ('user', 'service')),
  constraint audit_log_outcome_known check (outcome in ('success', 'denied', 'failure')),
  constraint audit_log_action_form check (action ~ '^[a-z_]+\.[a-z_]+$'),
  constraint audit_log_request_length check (char_length(request_id) <= 100 and char_length(address) <= 100),
  constraint audit_log_details_plain check (private.holds_no_secret(details)),
  constraint audit_log_type_length check (char_length(integration_type) <= 63),
  constraint audit_log_details_size check (octet_length(details::text) <= 65536),
  constraint audit_log_times_finite check (isfinite(at))
);
create index audit_log_organization_idx on public.audit_log (organization_id, id desc);
create index audit_log_integration_idx on public.audit_log (integration_id, id desc);
comment on table public.audit_log is
  'The record of who did what. It is append-only: nobody updates or deletes rows, and members of the organization '
  'read them.';
comment on column public.audit_log.id is 'The id, in the order of writing.';
comment on column public.audit_log.organization_id is 'The organization.';
comment on column public.audit_log.at is 'When it happened.';
comment on column public.audit_log.actor_kind is 'user or service.';
comment on column public.audit_log.actor_id is 'The person.';
comment on column public.audit_log.action is 'The action, as subject.verb.';
comment on column public.audit_log.outcome is 'success, denied or failure.';
comment on column public.audit_log.integration_id is
  'The integration. It has no foreign key, because the record outlives the integration.';
comment on column public.audit_log.integration_type is 'The provider.';
comment on column public.audit_log.request_id is 'The HTTP request.';
comment on column public.audit_log.address is 'The address that the request came from.';
comment on column public.audit_log.details is 'Details, never a secret.';

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
  if tg_op = 'DELETE' and coalesce(current_setting('coffer.prune_audit', true), '') = 'on' then
    return old;
  end if;
  raise exception 'audit_log is append-only' using errcode = 'insufficient_privilege';
end
$$;
comment on function private.refuse_audit_change is
  'Trigger: audit rows are never changed, and only prune_audit removes them, by their age.';
create trigger refuse_audit_change before update or delete on public.audit_log
for each row execute function private.refuse_audit_change();
create trigger refuse_audit_truncate before truncate on public.audit_log
for each statement execute function private.refuse_audit_change();

-- The chain -----------------------------------------------------------------------------------------------------------

create table private.audit_chain (
  organization_id uuid not null,
  seq bigint not null,
  audit_id bigint not null unique,
  previous_hash bytea not null,
  hash bytea not null,
  primary key (organization_id, seq)
);
comment on table private.audit_chain is
  'The log as a chain: each hash covers its row and the hash before it. So a change, a removal, an insertion or '
  'another order is found and named.';
comment on column private.audit_chain.organization_id is 'The organization.';
comment on column private.audit_chain.seq is 'The position in its chain.';
comment on column private.audit_chain.audit_id is 'The row of audit_log.';
comment on column private.audit_chain.previous_hash is 'The hash of the position before.';
comment on column private.audit_chain.hash is 'The hash of this position.';

create table private.audit_heads (
  organization_id uuid primary key,
  last_seq bigint not null,
  last_hash bytea not null,
  first_seq bigint not null default 1,
  anchor bytea not null default '\x'
);
comment on table private.audit_heads is
  'Where each chain ends, and where it begins: what was removed by its age leaves its last hash behind.';
comment on column private.audit_heads.organization_id is 'The organization.';
comment on column private.audit_heads.last_seq is 'The last position.';
comment on column private.audit_heads.last_hash is 'Its hash.';
comment on column private.audit_heads.first_seq is 'The first position that still exists.';
comment on column private.audit_heads.anchor is 'The hash before it.';
revoke all on private.audit_chain, private.audit_heads from public;

create function private.audit_hash(p_row public.audit_log, p_seq bigint, p_previous bytea) returns bytea
language sql immutable set search_path = ''
as $$
  select sha256(convert_to(jsonb_build_array('coffer/audit/v1', p_seq, encode(p_previous, 'hex'), p_row.id,
    p_row.organization_id,
    to_char(p_row.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), p_row.actor_kind, p_row.actor_id, p_row.action,
      p_row.outcome,
    p_row.integration_id, p_row.integration_type, p_row.request_id, p_row.address, p_row.details)::text, 'UTF8'))
$$;
comment on function private.audit_hash is
  'Returns the hash of a row in its chain. Equal content always has one form: JSON as jsonb prints it, times in UTC.';

create function private.chain_audit_row() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  head private.audit_heads;
  next_hash bytea;
begin
  select h.* into head from private.audit_heads h where h.organization_id = new.organization_id for update;
  if not found then
    insert into private.audit_heads (organization_id, last_seq, last_hash) values (new.organization_id, 0, '\x')
      on conflict do nothing;
    select h.* into head from private.audit_heads h where h.organization_id = new.organization_id for update;
  end if;
  next_hash := private.audit_hash(new, head.last_seq + 1, head.last_hash);
  insert into private.audit_chain (organization_id, seq, audit_id, previous_hash, hash)
  values (new.organization_id, head.last_seq + 1, new.id, head.last_hash, next_hash);
  update private.audit_heads h set last_seq = head.last_seq + 1, last_hash = next_hash
    where h.organization_id = new.organization_id;
  return null;
end
$$;
comment on function private.chain_audit_row is
  'Trigger: appends a row to the chain of its organization. It runs at the end of the transaction, which then holds '
  'every other lock that it needs. So the writers of one organization wait for each other''s commits and never for '
  'each other in a circle.';
create constraint trigger chain_audit_row after insert on public.audit_log
deferrable initially deferred for each row execute function private.chain_audit_row();

create function public.prune_audit(p_before timestamptz) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
  head private.audit_heads;
  up_to bigint;
  gone integer;
  total integer := 0;
begin
  perform set_config('coffer.prune_audit', 'on', true);
  for head in select h.* from private.audit_heads h order by h.organization_id for update loop
    -- The last row of a chain is never removed.
    select max(c.seq) into up_to
    from private.audit_chain c join public.audit_log l on l.id = c.audit_id
    where c.organization_id = head.organization_id and c.seq < head.last_seq
      and c.seq < coalesce((
        select min(k.seq) from private.audit_chain k join public.audit_log a on a.id = k.audit_id
        where k.organization_id = head.organization_id and a.at >= p_before), head.last_seq);
    continue when up_to is null;
    update private.audit_heads h set first_seq = up_to + 1,
      anchor = (select c.hash from private.audit_chain c where c.organization_id = head.organization_id
        and c.seq = up_to)
    where h.organization_id = head.organization_id;
    with cut as (
      delete from private.audit_chain c where c.organization_id = head.organization_id and c.seq <= up_to
        returning c.audit_id
    )
    delete from public.audit_log l using cut where l.id = cut.audit_id;
    get diagnostics gone = row_count;
    total := total + gone;
    insert into public.audit_log (organization_id, actor_kind, action, outcome, details)
    values (head.organization_id, 'service', 'audit.prune', 'success',
      jsonb_build_object('rows', gone, 'before', p_before, 'first_seq', up_to + 1));
  end loop;
  perform set_config('coffer.prune_audit', '', true);
  return total;
end
$$;
comment on function public.prune_audit is
  'Removes rows before p_before from the beginning of every chain, and records in the chain itself where it begins '
  'now. Returns how many rows.';

create function public.verify_audit(p_organization_id uuid, p_after_seq bigint, p_limit integer) returns jsonb
language sql stable security definer set search_path = ''
as $$
  with head as (
    select * from private.audit_heads h where h.organization_id = p_organization_id
  ), piece as (
    select c.* from private.audit_chain c where c.organization_id = p_organization_id and c.seq > p_after_seq
      order by c.seq limit p_limit
  ), before as (
    select coalesce(
      (select c.hash from private.audit_chain c where c.organization_id = p_organization_id and c.seq = p_after_seq),
      (select h.anchor from head h)) as hash,
      greatest(p_after_seq, (select h.first_seq - 1 from head h)) as seq
  ), linked as (
    select p.*, lag(p.hash, 1, (select b.hash from before b)) over (order by p.seq) as expected,
      lag(p.seq, 1, (select b.seq from before b)) over (order by p.seq) as seq_before from piece p
  ), problems as (
    select 'removed' as kind, k.seq, k.audit_id from linked k
      where not exists (select from public.audit_log l where l.id = k.audit_id)
    union all
    select 'changed', k.seq, k.audit_id from linked k join public.audit_log l on l.id = k.audit_id
    where l.organization_id <> k.organization_id or private.audit_hash(l, k.seq, k.previous_hash) <> k.hash
    union all
    select 'moved', k.seq, k.audit_id from linked k where k.previous_hash <> k.expected or k.seq <> k.seq_before + 1
    union all
    select 'cut', (select max(p.seq) from piece p), null from head h
    where (select count(*) from piece) < p_limit
      and (coalesce((select max(p.seq) from piece p), (select b.seq from before b)) <> h.last_seq
        or coalesce((select p.hash from piece p order by p.seq desc limit 1),
          (select b.hash from before b)) <> h.last_hash)
    union all
    -- These rows are looked for once, with the first piece.
    select 'inserted', null, l.id from public.audit_log l
    where p_after_seq = 0 and l.organization_id = p_organization_id
      and not exists (select from private.audit_chain c where c.audit_id = l.id)
  )
  select jsonb_build_object(
    'checked', (select count(*) from piece), 'last_seq', (select max(p.seq) from piece p),
    'problems', coalesce((select jsonb_agg(jsonb_build_object('kind', x.kind, 'seq', x.seq, 'audit_id', x.audit_id)
      order by x.seq nulls last, x.kind) from problems x), '[]'))
$$;
comment on function public.verify_audit is
  'Verifies p_limit rows of a chain after p_after_seq: {"checked", "last_seq", "problems": [{"kind", "seq", '
  '"audit_id"}]}. Kinds: changed (the content is not what was hashed), moved (it does not follow the one before), '
  'removed (the chain names a row that is gone), inserted (a row that no chain names), cut (the chain ends or begins '
  'elsewhere).';

create function public.audit_heads() returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('organization_id', o.id, 'seq', coalesce(h.last_seq, 0), 'hash',
    encode(coalesce(h.last_hash, '\x'), 'hex')) order by o.id), '[]')
  from (select h.organization_id as id from private.audit_heads h union select distinct l.organization_id
    from public.audit_log l) o
  left join private.audit_heads h on h.organization_id = o.id
$$;
comment on function public.audit_heads is
  'Every chain and where it ends, which is what a checkpoint states: [{"organization_id", "seq", "hash"}]. '
  'Organizations that have rows and no chain are named with seq 0.';

create function public.audit_hash_at(p_organization_id uuid, p_seq bigint) returns text
language sql stable security definer set search_path = ''
as $$
  select coalesce(
    (select encode(c.hash, 'hex') from private.audit_chain c where c.organization_id = p_organization_id
      and c.seq = p_seq),
    -- For rows that were removed by their age, only the last hash is known.
    (select case when h.first_seq - 1 = p_seq then encode(h.anchor, 'hex') when p_seq < h.first_seq then 'pruned' end
      from private.audit_heads h where h.organization_id = p_organization_id))
$$;
comment on function public.audit_hash_at is
  'Returns the hash at one position of a chain, for a comparison with an earlier checkpoint. Null where the position '
  'does not exist, pruned where it was removed by its age.';

-- Recorded actions ----------------------------------------------------------------------------------------------------

create function private.audit_integration(
  p_row public.integrations, p_action text, p_details jsonb default '{}'
) returns void
language sql set search_path = ''
as $$
  insert into public.audit_log (
    organization_id, actor_kind, actor_id, action, outcome, integration_id, integration_type, request_id, address,
    details
  )
  select
    p_row.organization_id, case when r.actor is null then 'service' else 'user' end, r.actor, p_action, 'success',
    p_row.id, p_row.integration_type, left(r.request ->> 'id', 100), left(r.request ->> 'address', 100),
    jsonb_build_object('name', p_row.name) || p_details
  from (
    -- The verified JWT says who it is. Only code that runs without a JWT may name a person.
    select request, coalesce(auth.uid(), (request ->> 'actor')::uuid) as actor
    from (select coalesce(nullif(current_setting('coffer.request', true), ''), '{}')::jsonb as request) settings
  ) r
$$;
comment on function private.audit_integration is
  'Records a change of an integration. The person is the one of the JWT, or otherwise the one that the server names '
  'in coffer.request.';

create function private.audit_integrations(p_ids uuid[], p_action text) returns void
language sql set search_path = ''
as $$
  select private.audit_integration(i, p_action) from public.integrations i where i.id = any (p_ids) order by i.id
$$;
comment on function private.audit_integrations is 'Records the same change of several integrations.';

create function private.audit_integration_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    perform private.audit_integration(new, 'integration.connect');
  elsif tg_op = 'DELETE' then
    perform private.audit_integration(old, 'integration.delete');
  else
    if new.config is distinct from old.config then
      perform private.audit_integration(
        new, coalesce(nullif(current_setting('coffer.action', true), ''), 'integration.reconnect'));
    end if;
    if new.name is distinct from old.name then
      perform private.audit_integration(new, 'integration.rename', jsonb_build_object('was', old.name));
    end if;
    if new.scan_schedule is distinct from old.scan_schedule then
      perform private.audit_integration(new, 'integration.schedule');
    end if;
    if new.status is distinct from old.status then
      if new.status = 'paused' then
        perform private.audit_integration(new, 'integration.pause');
      elsif old.status = 'paused' then
        perform private.audit_integration(new, 'integration.resume');
      else
        perform private.audit_integration(
          new, 'integration.status', jsonb_build_object('status', new.status, 'reason', new.status_reason));
      end if;
    end if;
  end if;
  return null;
end
$$;
comment on function private.audit_integration_change is
  'Trigger: records changes of an integration in their own transaction, whether they came through Coffer or directly '
  'through the REST API.';
revoke all on function private.audit_integration, private.audit_integrations from public;
grant execute on function private.audit_integration, private.audit_integrations to service_role;
revoke all on function private.audit_integration_change from public;

create trigger audit_integration_change after insert or delete on public.integrations
for each row execute function private.audit_integration_change();
create trigger audit_integration_update after update on public.integrations
for each row when (coalesce(current_setting('coffer.reseal', true),
  '') <> 'on') execute function private.audit_integration_change();

create function private.audit_member_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  member public.organization_members := case when tg_op = 'DELETE' then old else new end;
begin
  insert into public.audit_log (organization_id, actor_kind, actor_id, action, outcome, details)
  values (member.organization_id, case when auth.uid() is null then 'service' else 'user' end, auth.uid(),
    case tg_op when 'INSERT' then 'member.add' when 'DELETE' then 'member.remove' else 'member.change' end, 'success',
    jsonb_strip_nulls(jsonb_build_object('member', member.user_id, 'role', member.role, 'was', case
      when tg_op = 'UPDATE' then old.role end)));
  return null;
end
$$;
comment on function private.audit_member_change is 'Trigger: records who joins, leaves or changes role.';
revoke all on function private.audit_member_change from public;
create trigger audit_member_change after insert or update or delete on public.organization_members
for each row execute function private.audit_member_change();

create function private.audit_by_person(
  p_organization_id uuid, p_action text, p_integration_id uuid, p_type text, p_request jsonb, p_details jsonb
) returns void
language sql set search_path = ''
as $$
  insert into public.audit_log (organization_id, actor_kind, actor_id, action, outcome, integration_id,
    integration_type, request_id, address, details)
  values (p_organization_id, 'user', (p_request ->> 'actor')::uuid, p_action, 'success', p_integration_id, p_type,
    left(p_request ->> 'id', 100), left(p_request ->> 'address', 100), p_details)
$$;
comment on function private.audit_by_person is 'Records the action of a person whom the server names.';
revoke all on function private.audit_by_person from public;
grant execute on function private.audit_by_person to service_role;

create function public.audit_sign_in(p_email text, p_user_id uuid, p_request jsonb) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  person uuid := coalesce(p_user_id, (select u.id from auth.users u where lower(u.email) = lower(p_email) limit 1));
begin
  if exists (select from public.organizations o where o.id = person) then
    insert into public.audit_log (organization_id, actor_kind, actor_id, action, outcome, request_id, address)
    values (person, 'user', person, 'session.sign_in', case when p_user_id is null then 'denied' else 'success' end,
      left(p_request ->> 'id', 100), left(p_request ->> 'address', 100));
  end if;
end
$$;
comment on function public.audit_sign_in is
  'Records a sign-in in the log of the person''s own organization. With a wrong password nobody is signed in, and '
  'only the database knows whose account it was. It returns nothing, so nobody learns that.';

create function public.list_audit(p_filter jsonb, p_before_id bigint, p_limit integer) returns setof public.audit_log
language sql stable set search_path = ''
as $$
  select page.* from unnest(private.organizations_of_caller('viewer')) as o (id)
  cross join lateral (
    select l.* from public.audit_log l
    where l.organization_id = o.id
      and (p_before_id is null or l.id < p_before_id)
      and (p_filter ->> 'action' is null or l.action = p_filter ->> 'action'
        or l.action like replace(p_filter ->> 'action', '_', '\_') || '.%')
      and (p_filter ->> 'outcome' is null or l.outcome = p_filter ->> 'outcome')
      and (p_filter ->> 'integration_id' is null or l.integration_id = (p_filter ->> 'integration_id')::uuid)
      and (p_filter ->> 'actor_id' is null or l.actor_id = (p_filter ->> 'actor_id')::uuid)
      and (p_filter ->> 'from' is null or l.at >= (p_filter ->> 'from')::timestamptz)
      and (p_filter ->> 'to' is null or l.at < (p_filter ->> 'to')::timestamptz)
    order by l.id desc
    limit p_limit
  ) page
  where p_filter ->> 'organization_id' is null or o.id = (p_filter ->> 'organization_id')::uuid
  order by page.id desc
  limit p_limit
$$;
comment on function public.list_audit is
  'Returns a page of the log of the caller''s organizations, newest first. p_filter: any of {"organization_id", '
  '"action", "outcome", "integration_id", "actor_id", "from", "to"}.';

revoke all on function private.audit_hash, private.chain_audit_row from public;
revoke all on function
  public.list_audit
from public, anon, authenticated, service_role;
grant execute on function
  public.list_audit
to authenticated;
revoke all on function
  public.prune_audit,
  public.verify_audit,
  public.audit_heads,
  public.audit_hash_at,
  public.audit_sign_in
from public, anon, authenticated, service_role;
grant execute on function
  public.prune_audit,
  public.verify_audit,
  public.audit_heads,
  public.audit_hash_at,
  public.audit_sign_in
to service_role;
