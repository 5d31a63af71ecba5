-- The rule about sensitive names and the form of a ciphertext, as the database sees them.
-- The same rule stands in server/utils/sensitive-keys.ts; tests/db/sealed-config.spec.ts holds the two against each
-- other.

-- Names are compared in snake_case: accessToken, access-token and ACCESS_TOKEN are one name.
-- Case folding is ASCII only (collate "C"), so that the result does not depend on the database's locale.
create function private.is_sensitive_key(name text) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$
  select n ~ '(^|_)(token|secret|password|passwd|passphrase|credential|api_?key|private_?key|access_?key)s?$'
      or n ~ '_keys?$' and n !~ '(^|_)(public|publishable|primary|foreign|partition|sort|cache|idempotency)_keys?$'
      or n ~ '^(access|refresh|id|auth|bearer|client|session)(token|secret)s?$'
  from (
    select trim(both '_' from regexp_replace(lower(regexp_replace(regexp_replace(
      name collate "C",
      '([a-z0-9])([A-Z])', '\1_\2', 'g'),
      '([A-Z])([A-Z][a-z])', '\1_\2', 'g')),
      '[^a-z0-9]+', '_', 'g')) as n
  ) normalised
$$;

-- iv.tag.ciphertext, each base64url without padding: 12 and 16 bytes are 16 and 22 characters.
create function private.is_ciphertext(value text) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$ select value ~ '^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]*$' $$;

-- True when every value under a sensitive name, at any depth and inside arrays, is a ciphertext or null.
create function private.config_is_sealed(config jsonb) returns boolean
language sql immutable strict parallel safe set search_path = ''
as $$
  with recursive walk (key, value) as (
    select null::text, config
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
    -- A sensitive value is sealed whole, so there is nothing to look at below it.
    where walk.key is null or not private.is_sensitive_key(walk.key)
  )
  select not exists (
    select from walk
    where private.is_sensitive_key(key)
      and jsonb_typeof(value) <> 'null'
      and not (jsonb_typeof(value) = 'string' and private.is_ciphertext(value #>> '{}'))
  )
$$;

revoke all on function private.is_sensitive_key, private.is_ciphertext, private.config_is_sealed from public;
grant execute on function private.is_sensitive_key, private.is_ciphertext, private.config_is_sealed
to authenticated, service_role;
