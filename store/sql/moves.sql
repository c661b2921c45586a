-- name: last_moves
-- Where these residents last came from.
select distinct on (resident_id) resident_id, from_resident_id from moves
where resident_id = any(%(ids)s)
order by resident_id, at desc;

-- name: add_moves
-- Stays go on from other stays.
insert into moves (resident_id, from_resident_id, at, recorded_at)
select r, f, at, %(now)s from unnest(%(residents)s::int[], %(origins)s::int[], %(times)s::timestamptz[]) v (r, f, at)
on conflict do nothing;

-- name: earlier_stays
-- The stays these residents come from, each with the time before which it counts, the latest first; the way back is finite.
with recursive stays as (
    select m.resident_id as resident, m.from_resident_id as stay, m.at as before
    from moves m where m.resident_id = any(%(residents)s)
    union
    select s.resident, m.from_resident_id, m.at
    from stays s join moves m on m.resident_id = s.stay and m.at < s.before
)
select s.resident, s.stay, s.before, r.facility_id
from stays s join residents r on r.id = s.stay
where s.stay <> s.resident
order by s.resident, s.before desc, s.stay;

-- name: days_of_stays
-- The days of these stays.
select resident_id, day, spo2_median, temperature_median, news2_highest from resident_days
where resident_id = any(%(stays)s);

-- name: dirty_days_of
-- Days of these facilities whose figures are not as the observations are.
select facility_id, day from dirty_days
where facility_id = any(%(facilities)s);

-- name: zones_of
-- Where a day begins in these facilities.
select id, zone from facilities_now where id = any(%(facilities)s);
