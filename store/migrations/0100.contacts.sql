-- Why: a facility that is not heard is found only if it is known when it was, hour by hour, and if somebody looks at it.
create table contacts (
    facility_id int not null references facilities,
    at timestamptz not null,
    kind smallint not null,
    primary key (facility_id, at, kind)
);
comment on table contacts is 'local hours in which something came from a facility; detectors.observations.Contact';
comment on column contacts.kind is '1 fresh, 2 backlog, 3 misdated';

alter table facilities add column watched boolean not null default false;
comment on column facilities.watched is 'the facility itself is a subject: it is missed when it is not heard';
create index facilities_nobody_watches on facilities (code) where not watched;
