-- Why: every check belongs to a facility and a resident, and rules ask what is known of both.
create table facilities (
    id int generated always as identity primary key,
    code text not null constraint one_facility_per_code unique,
    version bigint not null default 0,
    provisional boolean not null default true,
    due_at timestamptz,
    refold_from timestamptz,
    first_seen_at timestamptz,
    last_seen_at timestamptz
) with (fillfactor = 50);
comment on column facilities.version is 'bumped by every transaction that touches what is known of the facility';
comment on column facilities.due_at is 'when the next sweep looks at it; null: nothing is due';
comment on column facilities.refold_from is 'a profile changed: everything from here on is judged again';

create table facility_profiles (
    facility_id int not null references facilities,
    valid_from timestamptz not null,
    recorded_at timestamptz not null,
    name text not null,
    region text,
    zone text not null,
    altitude_m smallint not null,
    rural boolean not null,
    temperature_site text not null,
    cutoffs smallint[] not null,
    mode text not null,
    phones text not null,
    drill boolean not null,
    primary key (facility_id, recorded_at)
);
comment on column facility_profiles.cutoffs is 'minutes after local midnight';

create table residents (
    id int generated always as identity primary key,
    facility_id int not null references facilities,
    code text not null,
    provisional boolean not null default true,
    constraint one_resident_per_code unique (facility_id, code)
);

create table resident_profiles (
    resident_id int not null references residents,
    valid_from timestamptz not null,
    recorded_at timestamptz not null,
    unit text,
    bed text,
    birth_year smallint,
    tier text,
    spo2_scale smallint not null,
    usual_spo2_tenths smallint,
    usual_pulse smallint,
    usual_temperature_tenths smallint,
    primary key (resident_id, valid_from, recorded_at)
);

create table recipients (
    id int generated always as identity primary key,
    region_prefix text,
    facility_id int references facilities,
    channel text not null,
    address text not null,
    severity smallint not null,
    constraint one_recipient_per_scope unique nulls not distinct (region_prefix, facility_id, channel, address)
);
comment on column recipients.severity is '1 (P1) to 4 (C): this or worse';

create table tokens (
    id int generated always as identity primary key,
    facility_id int not null references facilities,
    device text,
    label text not null,
    hash bytea not null constraint token_by_hash unique,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);
comment on column tokens.hash is 'SHA-256; the token itself is shown once and never kept';
