-- Single sign-on: which account at an OpenID provider opens which account here. Only additions.

create table sign_on (
  id uuid primary key,
  user_id uuid not null references app_user on delete cascade,
  -- As the provider's tokens name it and the person. Together they never come to mean somebody else, as an address may.
  issuer text not null check (length(issuer) between 1 and 1000),
  subject text not null check (length(subject) between 1 and 255),
  -- The address that the provider has last named; it is shown and decides nothing.
  email text check (length(email) <= 320),
  created_at timestamptz not null default now(),
  used_at timestamptz,
  unique (issuer, subject),
  unique (user_id, issuer)
);

-- How its person came in.
alter table session
  add column method text not null default 'password' check (method in ('password', 'sign-on'));

-- Whoever comes with an address that a provider has verified belongs to no tenant yet: whether an invitation for it stands.
create policy invited on invitation for select
  using (email = (select nullif(current_setting('app.invited', true), '')));
create index invitation_email on invitation (email) where accepted_at is null and revoked_at is null;
