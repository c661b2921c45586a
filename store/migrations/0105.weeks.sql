-- Why: what a facility wrote down in a week is judged when its days are over, apart from the path of the checks.
create table week_marks (
    facility_id int primary key references facilities,
    dirty_from int
);
comment on column week_marks.dirty_from is
    'the weeks that hold this local day, since 1970-01-01, or a later one are to be judged; null: none';
create index weeks_to_be_judged on week_marks (dirty_from) where dirty_from is not null;

create table stretches (
    digest bigint not null,
    facility_id int not null references facilities,
    day int not null,
    primary key (digest, facility_id, day)
);
comment on table stretches is 'digests of checks in a row, a few of each facility-day: where they stand in two facilities';
create index stretches_of_a_facility on stretches (facility_id, day);
