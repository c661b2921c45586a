-- Why: more cases in a county or city than its past makes likely is a finding about a region, under the same laws.
alter table facilities add column region text;
create unique index home_of_a_region on facilities (region) where region is not null;
comment on column facilities.region is 'set: no facility, but the region itself, the home of its findings; it has no profile, checks or partition';

alter table residents drop constraint kind_is_known;
alter table residents add constraint kind_is_known check (kind in ('resident', 'unit', 'facility', 'region'));

create table case_days (
    facility_id int not null references facilities,
    day int not null,
    cases int not null,
    primary key (facility_id, day)
);
comment on table case_days is 'new illnesses of a facility by the day they began, in Beijing time; a day without any has no row';

create table region_days (
    region text not null,
    day int not null,
    cases int,
    residents int not null,
    tests int not null,
    positives int not null,
    primary key (region, day)
);
comment on table region_days is 'sums over the facilities that registered a region: what its statistics are judged from';
comment on column region_days.cases is 'null: too few of its facilities were heard of';
comment on column region_days.residents is 'who live in the facilities that were heard of';

create table city_states (
    region text primary key,
    is_dirty boolean not null,
    judged_until int
);
comment on column city_states.is_dirty is 'one of its counties has been judged since it was';

-- What changes while a region is judged must be judged again: a mark newer than the one that was read stays.
create sequence dirty_marks;
alter table dirty_cases add column mark bigint not null default nextval('dirty_marks');
