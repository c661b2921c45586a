-- Why: a facility without oximeters or oxygen is found by its own fold only if what it reports of them lies in its timeline.
create table equipment (
    facility_id int not null references facilities,
    observed_at timestamptz not null,
    event_id uuid not null,
    oximeters int,
    oxygen_devices int,
    primary key (facility_id, observed_at, event_id)
);
comment on table equipment is 'as facility reports count now: derived from observations; detectors.observations.Equipment';

insert into equipment (facility_id, observed_at, event_id, oximeters, oxygen_devices)
select facility_id, observed_at, event_id, (rest ->> 'oximeters_working')::int, (rest ->> 'oxygen_devices_working')::int
from observations
where type = 6 and effect = 0 and (fate in (1, 2, 3) or fate = 4 and received_at - observed_at <= interval '14 days')
    and coalesce(rest ->> 'oximeters_working', rest ->> 'oxygen_devices_working') is not null;
