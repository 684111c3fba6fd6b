-- One-time codes at sign-in, and personal API tokens. Only additions.

-- `sealed` is the secret that the person's device holds as well, encrypted with a key derived from SECRET_KEY.
create table two_factor (
  user_id uuid primary key references app_user on delete cascade,
  sealed bytea not null,
  key_id text not null,
  -- Null: it was set up, and nobody has shown yet that a device has it.
  enabled_at timestamptz,
  -- The time step (30 s) of the last code that was taken; no code of it or before is taken again.
  last_step bigint not null default 0,
  failures int not null default 0,
  failed_at timestamptz,
  created_at timestamptz not null default now()
);

-- For whoever lost the device. SHA-256: they are random, with 80 bits.
create table recovery_code (
  user_id uuid not null references app_user on delete cascade,
  code_hash text not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

create table api_token (
  id uuid primary key,
  user_id uuid not null references app_user on delete cascade,
  name text not null check (length(name) between 1 and 200),
  -- How it begins, so that people know it again.
  hint text not null,
  token_hash text not null unique,
  scopes text[] not null check (scopes <@ array['read', 'run', 'write', 'admin']),
  -- Only what is in this organization; null: in all of its person's.
  restricted_to uuid references organization on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now()
);
create index api_token_user on api_token (user_id);
create index api_token_expiry on api_token (expires_at);
create index api_token_organization on api_token (restricted_to) where restricted_to is not null;

alter table socket_ticket add column api_token_id uuid;

create trigger tell_account after delete on api_token for each row execute function tell_account('user_id');
