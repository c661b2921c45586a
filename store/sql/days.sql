-- name: mark_dirty
-- These facility-days are to be recomputed.
insert into dirty_days (facility_id, day)
select f, d from unnest(%(facilities)s::int[], %(days)s::int[]) v (f, d)
order by f, d
on conflict do nothing;

-- name: mark_baselines_stale
-- What later days are counted with has changed: medians, and where residents were last said to be.
insert into stale_parts (facility_id, day)
select %(facility)s, min(d) from unnest(%(days)s::int[]) d
where d < day_in_zone(now(), zone_of_facility(%(facility)s)) having count(*) > 0;

-- name: dirty_days
-- The days of a facility that are to be recomputed.
select day from dirty_days where facility_id = %(facility)s order by day;

-- name: dirty_facilities
-- Facilities with days to be recomputed.
select distinct f.id, f.code from dirty_days d join facilities f on f.id = d.facility_id order by f.code limit %(limit)s;

-- name: clean_days
-- These days are as the observations are.
delete from dirty_days where facility_id = %(facility)s and day = any(%(days)s);

-- name: drop_resident_days
-- Nothing is known of these days.
delete from resident_days
where day = any(%(days)s) and resident_id in (select id from residents where facility_id = %(facility)s);

-- name: add_resident_day
-- One resident's day.
insert into resident_days (
    resident_id, day, readings, spo2_median, temperature_median, presence, presence_at,
    temperature_highest, news2_highest, tests, hospital_at, in_at, first_at, last_at
) values (
    %(resident)s, %(day)s, %(readings)s, %(spo2)s, %(temperature)s, %(presence)s, %(presence_at)s,
    %(hottest)s, %(news2)s, %(tests)s, %(hospital_at)s, %(in_at)s, %(first_at)s, %(last_at)s
);

-- name: save_facility_day
-- One facility's day: what counts from the elements, what does not from the rows. Its county is judged again by its tests.
with before as (
    select tests, positives from facility_days where facility_id = %(facility)s and day = %(day)s
), saved as (
    insert into facility_days (
        facility_id, day, events, readings, residents_checked, check_ins, tests, positives, held, quarantined, late
    )
    select %(facility)s, %(day)s, count(*), %(readings)s, %(residents)s, %(check_ins)s, %(tests)s, %(positives)s,
        count(*) filter (where fate = 2), count(*) filter (where fate = 3), count(*) filter (where fate in (4, 5))
    from observations
    where facility_id = %(facility)s and observed_at >= %(since)s and observed_at < %(until)s
    on conflict (facility_id, day) do update set
        events = excluded.events, readings = excluded.readings, residents_checked = excluded.residents_checked,
        check_ins = excluded.check_ins, tests = excluded.tests, positives = excluded.positives,
        held = excluded.held, quarantined = excluded.quarantined, late = excluded.late
    returning tests, positives
)
insert into dirty_cases (facility_id)
select %(facility)s from saved left join before on true
where (saved.tests, saved.positives) is distinct from (coalesce(before.tests, 0), coalesce(before.positives, 0))
on conflict (facility_id) do update set mark = excluded.mark;

-- name: summaries
-- The days of these residents in a stretch.
select resident_id, day, spo2_median, temperature_median, presence, presence_at,
    temperature_highest, news2_highest, tests, hospital_at, in_at
from resident_days
where resident_id = any(%(residents)s) and day between %(first)s and %(last)s;

-- name: begins
-- The first element of each resident.
select resident_id, min(first_at) from resident_days where resident_id = any(%(residents)s) group by resident_id;

-- name: facility_days
-- The days of a facility in a stretch.
select facility_id, day, events, readings, residents_checked, check_ins, tests, positives, held, quarantined, late
from facility_days
where facility_id = %(facility)s and day between %(first)s and %(last)s
order by day;
