-- name: mark_weeks
-- The weeks of these facilities that hold these days are to be judged, and those after them.
insert into week_marks (facility_id, dirty_from)
select f, min(d) from unnest(%(facilities)s::int[], %(days)s::int[]) v (f, d) group by f order by f
on conflict (facility_id) do update set dirty_from = least(week_marks.dirty_from, excluded.dirty_from);

-- name: weeks_due
-- Facilities of these partitions with weeks to be judged that are over, the longest waiting first; no lock.
select f.code, f.partition from week_marks w
join facilities f on f.id = w.facility_id
where w.dirty_from <= %(day)s and f.partition = any(%(partitions)s)
order by w.dirty_from, f.code
limit %(limit)s;

-- name: dirty_from
-- From which day on a facility's weeks are to be judged; nobody else marks it until the transaction ends.
select dirty_from from week_marks where facility_id = %(facility)s for update;

-- name: weeks_judged
-- From this day on they are to be judged when it is over; null: when something is heard.
update week_marks set dirty_from = %(day)s where facility_id = %(facility)s;

-- name: checks_of_days
-- Spot readings of residents as they were written down, not taken back and not impossible, in order.
select o.observed_at, o.event_id, r.code, o.spo2_tenths, o.pulse_per_min, o.temperature_tenths,
    o.device, o.reporter, o.rest ->> 'source', o.received_at, o.doubt & 4 <> 0
from observations o
join residents r on r.id = o.resident_id
where o.facility_id = %(facility)s and o.observed_at >= %(since)s and o.observed_at < %(until)s
    and o.type = 1 and o.fate in (1, 2) and o.effect = 0 and o.doubt & 224 = 0 and o.continuous is not true
order by o.observed_at, o.event_id;

-- name: presences_of_days
-- Where residents were said to be.
select r.code, o.observed_at, o.presence from observations o
join residents r on r.id = o.resident_id
where o.facility_id = %(facility)s and o.observed_at >= %(since)s and o.observed_at < %(until)s
    and o.type = 3 and o.fate in (1, 2) and o.effect = 0 and o.presence is not null
order by o.observed_at, o.event_id;

-- name: earlier_stays
-- The last words of earlier days about residents who were in hospital in them.
select r.code, d.hospital_at, d.presence_at, d.presence from resident_days d
join residents r on r.id = d.resident_id
where r.facility_id = %(facility)s and d.day >= %(first)s and d.day < %(day)s and d.presence is not null
    and exists (
        select from resident_days h
        where h.resident_id = d.resident_id and h.day >= %(first)s and h.day < %(day)s and h.hospital_at is not null
    )
order by d.day;

-- name: staff_heard
-- Tests of members of staff, and how many were reported on duty, in order.
select observed_at, event_id, staff, test, result, pathogen, unit, (rest ->> 'staff_on_duty')::int from observations
where facility_id = %(facility)s and observed_at >= %(since)s and observed_at < %(until)s
    and fate in (1, 2) and effect = 0
    and (type = 2 and staff is not null and resident_id is null or type = 6 and rest ? 'staff_on_duty')
order by observed_at, event_id;

-- name: staff_of_facility
-- Who works there, since when it was known, and until when; what was recorded last counts.
select staff, min(recorded_at), (array_agg(left_on order by recorded_at desc, valid_from desc))[1] from staff_profiles
where facility_id = %(facility)s group by staff order by staff;

-- name: drop_stretches
-- Digests that stand no more in these days of a facility; they come back.
delete from stretches where facility_id = %(facility)s and day between %(first)s and %(last)s
    and (digest, day) not in (select * from unnest(%(digests)s::bigint[], %(days)s::int[]))
returning digest;

-- name: forget_stretches
-- Nothing looks at days so long ago.
delete from stretches where facility_id = %(facility)s and day < %(day)s;

-- name: add_stretches
-- Digests of days of a facility; those that are new.
insert into stretches (digest, facility_id, day)
select d, %(facility)s, n from unnest(%(digests)s::bigint[], %(days)s::int[]) v (d, n) order by d, n
on conflict do nothing
returning digest;

-- name: stretches_elsewhere
-- In which other facilities these digests stand, and on which days.
select s.digest, f.id, f.code, s.day from stretches s
join facilities f on f.id = s.facility_id
where s.digest = any(%(digests)s) and s.facility_id <> %(facility)s and s.day >= %(first)s
order by f.code, s.digest, s.day;
