-- What nobody came back for. Each take is one statement, so that two runs at once do not work on the same row.

-- Grants of which nobody picked accounts in time: handed to the caller, who ends them at the provider.
create function public.take_expired_choices(p_now timestamptz, p_limit integer) returns setof public.connection_choices
language sql set search_path = ''
as $$
  delete from public.connection_choices c
  where c.id in (
    select e.id from public.connection_choices e where e.expires_at < p_now order by e.expires_at limit p_limit for update skip locked
  )
  returning c.*
$$;

-- Returns how many pending connects were cleared away.
create function public.delete_expired_flows(p_now timestamptz) returns integer
language plpgsql set search_path = ''
as $$
declare
  deleted integer;
begin
  delete from public.oauth_flows f where f.expires_at < p_now;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

revoke all on function public.take_expired_choices(timestamptz, integer), public.delete_expired_flows(timestamptz) from public, anon, authenticated, service_role;
grant execute on function public.take_expired_choices(timestamptz, integer), public.delete_expired_flows(timestamptz) to service_role;
