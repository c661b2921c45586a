-- Why: whoever looks at a resident is known by name, and sees what their account is for.
create table accounts (
    id int generated always as identity primary key,
    login text not null constraint one_account_per_login unique,
    name text not null,
    role text not null,
    rights text[] not null,
    desk text,
    facility text,
    hospital text,
    region_prefix text,
    password_hash text not null,
    password_is_given boolean not null,
    factor_secret text,
    factor_step bigint not null default 0,
    recovery bytea[] not null default '{}',
    created_at timestamptz not null default now(),
    disabled_at timestamptz
);
comment on column accounts.login is 'in lower case';
comment on column accounts.desk is 'the code of a desk, whose scope is the scope of the account: rosters say what it answers for';
comment on column accounts.region_prefix is 'the beginning of a GB/T 2260 code; empty: everywhere';
comment on column accounts.password_is_given is 'somebody else knows it: another one is chosen at the next sign-in';
comment on column accounts.factor_secret is 'TOTP (RFC 6238), base32; null: nobody has enrolled yet';
comment on column accounts.factor_step is 'of the last code that was taken: a code is good once';
comment on column accounts.recovery is 'SHA-256 of the codes for a lost telephone that are left';

create table sessions (
    hash bytea primary key,
    account_id int not null references accounts on delete cascade,
    proven text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null
);
comment on column sessions.hash is 'SHA-256; the cookie itself is with the browser alone';
comment on column sessions.proven is 'password, factor (the second one too), or link (a trial on this machine)';
create index sessions_of_an_account on sessions (account_id);

create table sign_in_links (
    hash bytea primary key,
    account_id int not null references accounts on delete cascade,
    expires_at timestamptz not null
);
comment on table sign_in_links is 'of a trial: each opens one session and is gone';

create table sign_in_tries (
    id bigint generated always as identity primary key,
    subject text not null,
    at timestamptz not null
);
comment on table sign_in_tries is 'those that failed or are under way, by account, by address, and by both';
create index tries_of_a_subject on sign_in_tries (subject, at);
create index tries_by_age on sign_in_tries (at);
