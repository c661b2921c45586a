-- Why: an outbreak is a finding about a unit or a facility, under the same laws as one about a resident.
alter table residents add column kind text not null default 'resident'
    constraint kind_is_known check (kind in ('resident', 'unit', 'facility'));
comment on column residents.kind is 'a unit or the facility itself is a subject of episodes and alerts like a resident';
alter table residents drop constraint one_resident_per_code;
alter table residents add constraint one_subject_per_code unique (facility_id, kind, code);

create table case_elements (
    facility_id int not null references facilities,
    observed_at timestamptz not null,
    event_id uuid not null,
    resident_id int references residents,
    staff text,
    sign text not null constraint sign_is_known check (sign in ('positive', 'symptoms')),
    said text[] not null,
    unit text,
    primary key (facility_id, observed_at, event_id)
);
comment on table case_elements is 'signs of illness as they count now: derived from observations and corrections';
comment on column case_elements.said is '(test, pathogen), or the symptoms';
comment on column case_elements.unit is 'as the sender said; null: the registry knows, or nobody';

create table reported_days (
    facility_id int not null references facilities,
    day int not null,
    primary key (facility_id, day)
);
comment on table reported_days is 'local days, since 1970-01-01, on which something was heard of a facility in time';
