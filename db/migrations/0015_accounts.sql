-- Accounts: mail and the links in it, settings of the installation, sign-ins that can be listed and ended. Only additions, so
-- that an API of the version before goes on beside this one.

-- What is to be mailed. `sealed` is the content, encrypted with a key derived from SECRET_KEY, since it may hold a link that
-- signs somebody in; it is taken away when the mail was sent. See db/services/mail.ts.
create table mail (
  id uuid primary key,
  recipient text not null check (recipient = lower(recipient) and length(recipient) <= 320),
  template text not null,
  -- The request that this mail answers, if it does; its link is made when the mail is sent.
  link_id uuid,
  sealed bytea,
  key_id text,
  sent_at timestamptz,
  -- Why it was not sent, as of the last try.
  reason text,
  created_at timestamptz not null default now(),
  check ((sealed is null) = (key_id is null))
);
create index mail_unsent on mail (id desc) where sent_at is null;
create index mail_recipient on mail (recipient, created_at);
create index mail_created on mail (created_at);

-- A request that a link in a mail answers: to register, or to set a new password. It is written down for any address alike;
-- whether there is an account is looked up only when the mail is made, where nobody can measure it.
create table account_link (
  id uuid primary key,
  kind text not null check (kind in ('register', 'reset-password')),
  email text not null check (email = lower(email) and length(email) <= 320),
  -- Of a registration.
  name text check (length(name) between 1 and 200),
  password_hash text,
  -- Once the mail was made: whose account it is about, null for a new one; and what the link holds, as SHA-256.
  user_id uuid references app_user on delete cascade,
  token_hash text unique,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  check ((kind = 'register') = (name is not null and password_hash is not null))
);
create index account_link_expiry on account_link (expires_at);
alter table mail add foreign key (link_id) references account_link on delete cascade;
create index mail_link on mail (link_id) where link_id is not null;

-- What administrators decide about the installation while it runs.
create table platform_setting (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now(),
  updated_by uuid references app_user on delete set null
);

alter table app_user
  add column preferences jsonb not null default '{}' check (jsonb_typeof(preferences) = 'object');

-- Sign-ins ---------------------------------------------------------------------------------------------------------------

alter table session
  add column used_at timestamptz not null default now(),
  -- When its person last proved who they are.
  add column confirmed_at timestamptz not null default now();

-- A sign-in of a program: refresh tokens follow one another in it. Its row is locked by who refreshes and by who ends it.
create table token_family (
  id uuid primary key,
  user_id uuid not null references app_user on delete cascade,
  address text,
  user_agent text,
  created_at timestamptz not null default now(),
  used_at timestamptz not null default now(),
  confirmed_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index token_family_user on token_family (user_id);
create index token_family_expiry on token_family (expires_at);

insert into token_family (id, user_id, created_at, used_at, confirmed_at, expires_at, revoked_at)
select family_id, user_id, min(created_at), max(created_at), min(created_at), max(expires_at), max(revoked_at)
from refresh_token group by family_id, user_id
on conflict do nothing;

-- A socket's ticket has the rights of the sign-in that asked for it, and ends with it.
alter table socket_ticket add column family_id uuid, add column session_id text;

-- Whoever ends a sign-in or changes a role, in whatever way: open sockets of that person are looked at at once.
create function tell_account() returns trigger language plpgsql as $$
begin
  perform pg_notify('verdict_account', to_jsonb(old) ->> tg_argv[0]);
  return null;
end $$;

create trigger tell_account after delete on session for each row execute function tell_account('user_id');
create trigger tell_account after update of revoked_at on token_family for each row execute function tell_account('user_id');
create trigger tell_account after delete or update of role on member for each row execute function tell_account('user_id');
create trigger tell_account after update of disabled_at, platform_role on app_user for each row execute function tell_account('id');
