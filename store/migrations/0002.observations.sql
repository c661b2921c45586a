-- Why: a check is one wide row, written in the order of time and found by its facility.
create table observations (
    observed_at timestamptz not null,
    received_at timestamptz not null,
    content bigint not null,
    event_id uuid not null,
    facility_id int not null,
    resident_id int,
    type smallint not null,
    fate smallint not null,
    effect smallint not null default 0,
    doubt smallint not null default 0,
    marks smallint not null default 0,
    spo2_tenths smallint,
    pulse_per_min smallint,
    respirations_per_min smallint,
    temperature_tenths smallint,
    temperature_site smallint,
    systolic_mmhg smallint,
    diastolic_mmhg smallint,
    consciousness smallint,
    on_oxygen boolean,
    after_activity boolean,
    continuous boolean,
    presence smallint,
    test smallint,
    result smallint,
    pathogen text,
    staff text,
    device text,
    reporter text,
    unit text,
    rest jsonb,
    primary key (observed_at, event_id)
);
comment on column observations.type is
    '1 reading, 2 test_result, 3 check_in, 4 correction, 5 device_binding, 6 facility_report, 7 referral_step, 8 visit';
comment on column observations.fate is '1 stored, 2 held, 3 quarantined, 4 late, 5 out of window';
comment on column observations.effect is '0 counts, 1 entered in error, 2 replaced';
comment on column observations.content is 'digest of what the event says, without its id and times of sending and receipt';
comment on column observations.temperature_site is '1 oral, 2 axillary, 3 ear, 4 forehead, 5 rectal';
comment on column observations.consciousness is '1 A, 2 C, 3 V, 4 P, 5 U';
comment on column observations.presence is
    '1 in, 2 hospital, 3 away, 4 on_leave, 5 discharged, 6 transferred, 7 died, 8 refused';
comment on column observations.test is '1 antigen, 2 pcr';
comment on column observations.result is '1 positive, 2 negative, 3 invalid, 4 undetermined';
create index observations_of_a_facility on observations (facility_id, observed_at);

do $$
begin
    if exists (select from pg_extension where extname = 'timescaledb') then
        perform create_hypertable('observations', by_range('observed_at', interval '1 day'), create_default_indexes => false);
    end if;
end $$;

create table conflicts (
    observed_at timestamptz not null,
    event_id uuid not null,
    content bigint not null,
    facility_id int not null,
    received_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    row jsonb not null,
    primary key (observed_at, event_id, content)
);
comment on table conflicts is 'same event id and time, other content: the one that does not count';

create table corrections (
    corrects_at timestamptz not null,
    corrects_id uuid not null,
    at timestamptz not null,
    correction_id uuid not null,
    content bigint not null,
    facility_id int not null,
    action smallint not null,
    void boolean not null default false,
    in_force boolean not null default false,
    replacement_resident_id int,
    replacement_at timestamptz,
    replacement jsonb,
    -- Time first: the corrections of a batch are one stretch of the key.
    primary key (corrects_at, corrects_id, at, correction_id, content)
);
comment on column corrections.action is '1 entered_in_error, 2 replaced_by, 3 stands';
comment on column corrections.void is 'of its id and time other content counts';
comment on column corrections.in_force is 'the last of its original by (at, id) that is not void';
create index replacements_of_a_resident on corrections (replacement_resident_id, replacement_at)
    where in_force and replacement is not null;
create index corrections_by_id on corrections (correction_id);
