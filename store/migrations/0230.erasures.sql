-- Why: who asked to be erased must stay erased, also when their checks are read again or an older database comes back.
create table erasures (
    facility text not null,
    resident text not null,
    at timestamptz not null,
    erased_by text not null,
    reason text not null,
    primary key (facility, resident, at)
);
comment on table erasures is 'what is observed of these residents up to that moment is taken in no more; whom it was stays with the facility';
