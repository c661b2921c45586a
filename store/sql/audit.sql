-- name: take_snapshot
-- One state for the whole transaction.
set transaction isolation level repeatable read, read only;

-- name: facilities
-- Some facilities with checks, chosen by their code and a seed: the same seed, the same choice.
select id, code from facilities where partition is not null
order by md5(code || %(seed)s)
limit %(limit)s;

-- name: facilities_of
-- The facilities with checks in a region, but drills, or those among some codes, by code.
select f.id, f.code from facilities_now f
where f.partition is not null and starts_with(coalesce(f.region, ''), %(region)s)
    and case when cardinality(%(codes)s::text[]) = 0 then not f.drill else f.code = any(%(codes)s::text[]) end
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
join observations o on o.observed_at = c.at and o.event_id = c.correction_id and o.content = c.content
where c.facility_id = %(facility)s;

-- name: signs
-- Every test and check-in of residents and staff, whenever it came.
select coalesce(r.code, o.staff), r.code is null, o.received_at, o.content, o.type, o.observed_at, o.event_id,
    o.spo2_tenths, o.pulse_per_min, o.respirations_per_min, o.temperature_tenths, o.temperature_site, o.systolic_mmhg,
    o.consciousness, o.on_oxygen, o.after_activity, o.continuous, o.doubt, o.presence, o.test, o.result, o.pathogen,
    case when o.type in (3, 8) then o.rest end, o.unit
from observations o
left join residents r on r.id = o.resident_id
where o.facility_id = %(facility)s and o.type in (2, 3) and o.fate <> 5 and (r.code is not null or o.staff is not null);

-- name: reports
-- Every report of a facility, whenever it came.
select observed_at, event_id, received_at, content, rest from observations
where facility_id = %(facility)s and type = 6 and fate <> 5;

-- name: reported_days
-- The local days on which something was heard in time, counted from raw.
select distinct floor(extract(epoch from observed_at at time zone %(zone)s) / 86400)::int
from observations where facility_id = %(facility)s and fate in (1, 2, 3);

-- name: day_figures
-- What the figures of each day must be, counted from raw.
select floor(extract(epoch from observed_at at time zone %(zone)s) / 86400)::int as day, count(*),
    count(*) filter (where fate = 2), count(*) filter (where fate = 3), count(*) filter (where fate in (4, 5))
from observations where facility_id = %(facility)s
group by 1;

-- name: whole_from
-- From when on all that rules look back on is there, and the first day of which all checks are; null: nothing was dropped.
select before + interval '45 days', first_whole_day() from dropped where class = 'raw';
