-- The list, with `attention` as a status: everything that waits for a person.
create or replace function public.list_integrations(
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
      and (p_status is null or s.status = p_status or (p_status = 'attention' and s.status in ('needs_reauth', 'misconfigured', 'revoked')))
      and (p_before_at is null or (s.created_at, s.id) < (p_before_at, p_before_id))
    order by s.created_at desc, s.id desc
    limit p_limit
  ) page
  where p_organization_id is null or o.id = p_organization_id
  order by page.created_at desc, page.id desc
  limit p_limit
$$;
