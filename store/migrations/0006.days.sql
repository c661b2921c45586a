-- Why: baselines and figures are sums over days, recomputed from raw for the days that changed.
create table resident_days (
    resident_id int not null references residents,
    day int not null,
    readings int not null,
    spo2_median smallint,
    temperature_median smallint,
    presence smallint,
    presence_at timestamptz,
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (resident_id, day)
);
comment on column resident_days.day is 'local calendar day, as days since 1970-01-01';

create table facility_days (
    facility_id int not null references facilities,
    day int not null,
    events int not null,
    readings int not null,
    residents_checked int not null,
    check_ins int not null,
    tests int not null,
    positives int not null,
    held int not null,
    quarantined int not null,
    late int not null,
    primary key (facility_id, day)
);

create table dirty_days (
    facility_id int not null references facilities,
    day int not null,
    primary key (facility_id, day)
);
