-- The database's rules for sealed and plain values. server/utils/sensitive-keys.ts holds the same rules;
-- tests/db/sealed-config.spec.ts compares the two.

create function private.is_ciphertext(value text) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$ select value ~ '^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]*$' $$;
comment on function private.is_ciphertext is
  'True for the form of a sealed value: iv.tag.ciphertext, each base64url without padding (12 and 16 bytes are 16 '
  'and 22 characters).';

create function private.plain_names() returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array[
    'email', 'expires_at', 'login', 'oauth_client', 'organization_slug', 'project_id', 'project_name', 'project_ref',
    'refresh_expires_at', 'region', 'token_type'
  ]
$$;
comment on function private.plain_names is
  'The names under which a config may hold readable values: the names that the flow writes beside the tokens, and the '
  'names that provider definitions declare (plainConfig).';

create function private.config_is_sealed(config jsonb) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$
  select jsonb_typeof(config) = 'object' and not exists (
    select from jsonb_each(case when jsonb_typeof(config) = 'object' then config else '{}' end) c
    where not (
      jsonb_typeof(c.value) = 'null'
      or (jsonb_typeof(c.value) = 'string' and private.is_ciphertext(c.value #>> '{}'))
      or (jsonb_typeof(c.value) in ('string', 'number', 'boolean') and c.key = any (private.plain_names()))
    )
  )
$$;
comment on function private.config_is_sealed is
  'The rule for a config: every value is a ciphertext or null, unless its name is on the list of plain names and the '
  'value is neither an object nor a list. Unknown names are sealed.';

create function private.is_sensitive_key(name text) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$
  select n ~ '(^|_)(token|secret|password|passwd|passphrase|credential|api_?key|private_?key|access_?key)s?$'
      or n ~ '_keys?$' and n !~ '(^|_)(public|publishable|primary|foreign|partition|sort|cache|idempotency)_keys?$'
      or n ~ '^(access|refresh|id|auth|bearer|client|session)(token|secret)s?$'
  from (
    -- The name becomes snake_case, so that accessToken, access-token and ACCESS_TOKEN are one name. Case folding is
    -- ASCII only (collate "C"), so that the result does not depend on the database's locale.
    select trim(both '_' from regexp_replace(lower(regexp_replace(regexp_replace(
      name collate "C",
      '([a-z0-9])([A-Z])', '\1_\2', 'g'),
      '([A-Z])([A-Z][a-z])', '\1_\2', 'g')),
      '[^a-z0-9]+', '_', 'g')) as n
  ) normalized
$$;
comment on function private.is_sensitive_key is
  'True for the name of a secret: *_token, *_secret, *_password, *_key and the like, in any spelling.';

create function private.holds_no_secret(data jsonb) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$
  with recursive walk (key, value) as (
    select null::text, data
    union all
    select child.key, child.value
    from walk
    cross join lateral (
      select o.key, o.value
      from jsonb_each(case when jsonb_typeof(walk.value) = 'object' then walk.value else '{}'::jsonb end) o
      union all
      select null, a.value
      from jsonb_array_elements(case when jsonb_typeof(walk.value) = 'array' then walk.value else '[]'::jsonb end) a
    ) child
    -- A sensitive value is sealed as a whole, so nothing below it needs a check.
    where walk.key is null or not private.is_sensitive_key(walk.key)
  )
  select not exists (
    select from walk
    where private.is_sensitive_key(key)
      and jsonb_typeof(value) <> 'null'
      and not (jsonb_typeof(value) = 'string' and private.is_ciphertext(value #>> '{}'))
  )
$$;
comment on function private.holds_no_secret is
  'The rule for data that holds no credentials (audit details, findings, names of accounts): no value under a '
  'sensitive name is readable, at any depth.';

revoke all on function
  private.is_ciphertext, private.plain_names, private.config_is_sealed, private.is_sensitive_key,
  private.holds_no_secret
from public;
grant execute on function
  private.is_ciphertext, private.plain_names, private.config_is_sealed, private.is_sensitive_key,
  private.holds_no_secret
to authenticated, service_role;

create function private.is_list_of_text(list text[], items integer, size integer) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$
  select array_position(list, null) is null and cardinality(list) <= items
    and octet_length(array_to_string(list, ' ')) <= size
$$;
comment on function private.is_list_of_text is
  'The rule for a list of texts: it has no nulls, a limited number of items, and a limited number of bytes in total.';
revoke all on function private.is_list_of_text from public;
grant execute on function private.is_list_of_text to authenticated, service_role;
