-- name: take_snapshot
-- One state for the whole transaction.
set transaction isolation level repeatable read, read only;

-- name: facilities
-- Some facilities with checks, chosen by their code and a seed: the same seed, the same choice.
select id, code from facilities where partition is not null
order by md5(code || %(seed)s)
limit %(limit)s;

-- name: facilities_of
-- The facilities with checks in a region, or those among some codes, by code.
select f.id, f.code from facilities f
where f.partition is not null and (cardinality(%(codes)s::text[]) = 0 or f.code = any(%(codes)s::text[]))
    and (%(region)s = '' or starts_with(
        (select region from facility_profiles p where p.facility_id = f.id order by valid_from desc, recorded_at desc limit 1),
        %(region)s
    ))
order by f.code;

-- name: elements
-- Every event that came in time, whatever corrections and bindings say of it.
select case when marks & 32 = 0 then resident_id end, case when marks & 32 <> 0 then device end, received_at, content,
    type, observed_at, event_id,
    spo2_tenths, pulse_per_min, respirations_per_min, temperature_tenths, temperature_site, systolic_mmhg,
    consciousness, on_oxygen, after_activity, continuous, doubt, presence, test, result, pathogen,
    case when type in (3, 8) then rest end, unit
from observations
where facility_id = %(facility)s and (resident_id is not null or marks & 32 <> 0) and type in (1, 2, 3, 8)
    and fate in (1, 2, 3);

-- name: bindings
-- Every binding of a shared device that came in time.
select resident_id, received_at, content, observed_at, event_id, device, (rest ->> 'valid_from')::timestamptz,
    (rest ->> 'valid_to')::timestamptz
from observations
where facility_id = %(facility)s and type = 5 and fate = 1;

-- name: corrections
-- Every correction that came in time.
select o.resident_id, o.received_at, o.content, c.at, c.correction_id, c.corrects_id, c.corrects_at, c.action,
    c.replacement, c.replacement_resident_id
from corrections c
join observations o on o.observed_at = c.at and o.event_id = c.correction_id
where c.facility_id = %(facility)s;

-- name: day_figures
-- What the figures of each day must be, counted from raw.
select floor(extract(epoch from observed_at at time zone %(zone)s) / 86400)::int as day, count(*),
    count(*) filter (where fate = 2), count(*) filter (where fate = 3), count(*) filter (where fate in (4, 5))
from observations where facility_id = %(facility)s
group by 1;
