-- For development with the Supabase CLI: `supabase db reset` applies migrations/ and then this file.
--
-- It creates one person to sign in as: dev@example.com with the password "correct horse battery". The trigger on
-- auth.users gives the person their organization. Connected accounts are not seeded here, because their credentials are
-- sealed with the key of the server that reads them: `npm run dev` connects one at the local sandbox platform.

insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at, confirmation_token, recovery_token, email_change, email_change_token_new
) values (
  '00000000-0000-0000-0000-000000000000', '11111111-1111-4111-8111-111111111111', 'authenticated', 'authenticated',
  'dev@example.com', extensions.crypt('correct horse battery', extensions.gen_salt('bf')), now(),
  '{"provider": "email", "providers": ["email"]}', '{}', now(), now(), '', '', '', ''
) on conflict (id) do nothing;

insert into auth.identities (id, user_id, provider_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
values (
  gen_random_uuid(), '11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111', 'email',
  '{"sub": "11111111-1111-4111-8111-111111111111", "email": "dev@example.com"}', now(), now(), now()
) on conflict (provider_id, provider) do nothing;
