-- Why: whether a facility has more cases than chance brings is judged by region and day, when its days have changed.
create table dirty_cases (
    facility_id int primary key references facilities
);
comment on table dirty_cases is 'cases or reported days of these facilities have changed since their region was judged';

create table case_regions (
    region text primary key,
    judged_until int not null
);
comment on column case_regions.judged_until is 'the last local day, since 1970-01-01, that was judged';

create table case_scores (
    facility_id int primary key references facilities,
    day int not null,
    score real,
    cases int not null,
    days int not null,
    expected real not null,
    wave boolean not null
);
comment on table case_scores is 'the newest day judged of each facility: in a wave the ranking of where to look first';
