-- Why: tiers rest on diseases and vaccination, a referral needs the paired hospital, and a resident who moves keeps their past.
alter table facility_profiles add column credit_code text, add column hospital text;
comment on column facility_profiles.credit_code is 'GB 32100; several sites may share one';
comment on column facility_profiles.hospital is 'code of the paired hospital; it may not be registered yet';

alter table resident_profiles
    add column tier_assessed_on timestamptz,
    add column conditions smallint,
    add column conditions_stable boolean,
    add column vaccination text,
    add column responsible text,
    add column left_on timestamptz;
comment on column resident_profiles.tier is 'as the facility gives it; what counts is in resident_tiers';
comment on column resident_profiles.conditions is 'bits of detectors.tiers.Condition; 0: none; null: not known';
comment on column resident_profiles.responsible is 'code of the member of staff who answers for this resident';

create table resident_tiers (
    resident_id int not null references residents,
    recorded_at timestamptz not null,
    since timestamptz not null,
    tier text,
    ours text,
    zh text not null,
    en text not null,
    cause text,
    stale_since timestamptz,
    primary key (resident_id, recorded_at, since)
);
comment on table resident_tiers is 'what is recorded later speaks from its first row on; rows in the future are turns of a year';
comment on column resident_tiers.tier is 'what counts: the word of the facility, else the table; null: a fact is not known';
comment on column resident_tiers.ours is 'what the table says';
comment on column resident_tiers.cause is 'why it is another one than before; null: only the reason is';
comment on column resident_tiers.stale_since is 'the facility gave its tier before something happened that gives another';

create table moves (
    resident_id int not null references residents,
    from_resident_id int not null references residents,
    at timestamptz not null,
    recorded_at timestamptz not null,
    primary key (resident_id, at),
    constraint nobody_moves_to_where_they_are check (resident_id <> from_resident_id)
);
comment on table moves is 'a stay that goes on from another one: its history reads the days of the old one before `at`';

create table unit_profiles (
    facility_id int not null references facilities,
    unit text not null,
    valid_from timestamptz not null,
    recorded_at timestamptz not null,
    name text not null,
    beds text[] not null,
    primary key (facility_id, unit, valid_from, recorded_at)
);
comment on column unit_profiles.beds is 'in the order of the round';

create table staff_profiles (
    facility_id int not null references facilities,
    staff text not null,
    valid_from timestamptz not null,
    recorded_at timestamptz not null,
    name text not null,
    role text,
    unit text,
    phones text not null,
    left_on timestamptz,
    primary key (facility_id, staff, valid_from, recorded_at)
);

create table hospital_profiles (
    hospital text not null,
    valid_from timestamptz not null,
    recorded_at timestamptz not null,
    name text not null,
    credit_code text,
    region text,
    phones text not null,
    green_channel text not null,
    primary key (hospital, valid_from, recorded_at)
);
comment on column hospital_profiles.green_channel is 'the number that is answered at any hour';
