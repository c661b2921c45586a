-- name: meet_facilities
-- Facilities nobody has counted yet are to be counted from their first check on.
insert into summed_up (facility_id, good_until)
select f.id, least(f.first_seen_at, %(now)s) from facilities f
where not exists (select from summed_up s where s.facility_id = f.id)
order by f.id
on conflict do nothing;

-- name: clocks
-- Per partition: everything sent before has been seen, on the newest cluster that has this topic.
select partition, min(seen) from (
    select partition, topic, coalesce(max(seen_until), 'epoch') as seen from ledger group by partition, topic
) topics
group by partition;

-- name: claim_facilities
-- Some facilities whose parts are others now, locked, the longest waiting first; whoever also looks takes other ones.
-- `clock` is how far each was seen.
with clocks as (
    select p, t from unnest(%(partitions)s::smallint[], %(clocks)s::timestamptz[]) v (p, t)
)
select s.facility_id, s.good_until, least(coalesce(c.t, %(now)s), %(now)s) as clock
from summed_up s
join facilities f on f.id = s.facility_id
left join clocks c on c.p = f.partition
where s.good_until <= least(coalesce(c.t, %(now)s), %(now)s)
    or exists (select from stale_parts p where p.facility_id = s.facility_id)
order by s.counted_at, s.facility_id
limit %(limit)s
for update of s skip locked;

-- name: take_stale
-- Of these facilities what was marked is taken up: the first day of each.
with taken as (
    delete from stale_parts where facility_id = any(%(facilities)s) returning facility_id, day
)
select facility_id, min(day) from taken group by facility_id;

-- name: days_of_clocks
-- Per facility the local day of two moments, and the day on which it was first heard of or registered.
select v.f, day_in_zone(v.was, z.zone), day_in_zone(v.clock, z.zone),
    day_in_zone(least(f.first_seen_at, (select min(recorded_at) from facility_profiles p where p.facility_id = v.f)), z.zone)
from unnest(%(facilities)s::int[], %(was)s::timestamptz[], %(clocks)s::timestamptz[]) v (f, was, clock)
join facilities f on f.id = v.f
cross join lateral (select zone_of_facility(v.f) as zone) z;

-- name: first_days
-- The local days of the first events that count of these facilities.
select v.f, day_in_zone((
    select o.observed_at from observations o
    where o.facility_id = v.f and o.fate <> 5 and o.observed_at >= %(first)s order by o.observed_at limit 1
), zone_of_facility(v.f))
from unnest(%(facilities)s::int[]) v (f);

-- name: mark_stale
-- These facilities are to be counted again from these days on.
insert into stale_parts (facility_id, day) select f, d from unnest(%(facilities)s::int[], %(days)s::int[]) v (f, d);

-- name: drop_reports
-- Facility reports observed in this stretch are not known; the first day each facility's were about.
with gone as (
    delete from facility_reports r
    using unnest(%(facilities)s::int[], %(sinces)s::int[]) v (f, since)
    where r.facility_id = v.f and r.observed_at >= midnight_in_zone(v.since, zone_of_facility(v.f))
    returning facility_id, day
)
select facility_id, min(day) from gone group by facility_id;

-- name: add_reports
-- They are as the observations are; the first day each facility reports on.
with added as (
    insert into facility_reports (
        facility_id, day, observed_at, event_id, received_at, reporter, residents, staff_on_duty, beds,
        oximeters_working, oxygen_devices_working, antiviral_days, antipyretic_days, operating, visitors,
        visitors_turned_away, nothing_to_report, difficulties
    )
    select o.facility_id, (o.rest ->> 'day')::date - date '1970-01-01', o.observed_at, o.event_id, o.received_at,
        o.reporter, (o.rest ->> 'residents')::int, (o.rest ->> 'staff_on_duty')::int, (o.rest ->> 'beds')::int,
        (o.rest ->> 'oximeters_working')::int, (o.rest ->> 'oxygen_devices_working')::int,
        (o.rest -> 'medicine' ->> 'antiviral')::int, (o.rest -> 'medicine' ->> 'antipyretic')::int,
        o.rest ->> 'operating', (o.rest ->> 'visitors')::int, (o.rest ->> 'visitors_turned_away')::int,
        (o.rest ->> 'nothing_to_report')::boolean, nullif(o.rest -> 'difficulties', 'null')
    from unnest(%(facilities)s::int[], %(sinces)s::int[]) v (f, since)
    join observations o on o.facility_id = v.f and o.observed_at >= midnight_in_zone(v.since, zone_of_facility(v.f))
    where o.observed_at >= %(first)s and o.type = 6 and o.fate <> 5 and coalesce((
        -- The last correction counts here also where it came too late to change an episode.
        select c.action from corrections c
        join observations w on w.observed_at = c.at and w.event_id = c.correction_id and w.facility_id = c.facility_id
            and w.content = c.content and w.type = 4 and w.fate <> 5
        where c.corrects_at = o.observed_at and c.corrects_id = o.event_id and c.facility_id = o.facility_id
        order by c.at desc, c.correction_id desc limit 1
    ), 3) = 3
    on conflict do nothing
    returning facility_id, day
)
select facility_id, min(day) from added group by facility_id;

-- name: make_asked_parts
-- A table of this connection alone: the parts that are counted now.
create temporary table if not exists asked_parts (
    facility_id int, day int, part smallint, since timestamptz, until timestamptz, at timestamptz, clock timestamptz,
    is_over boolean, zone text, region text, setting text, is_registered boolean, cutoffs smallint[],
    told_within interval, acknowledged_within interval, accepted_within interval
) on commit delete rows;

-- name: make_asked_elements
-- The same for what counts in these parts and the day before them.
create temporary table if not exists asked_elements (
    facility_id int, at timestamptz, event_id uuid, resident_id int, type smallint, fate smallint, doubt smallint,
    spo2 smallint, temperature smallint, is_resting_on_air boolean, presence smallint, test smallint, result smallint
) on commit delete rows;

-- name: make_asked_people
-- The same for who lives there, from when until when.
create temporary table if not exists asked_people (
    facility_id int, resident_id int, since timestamptz, until timestamptz
) on commit delete rows;

-- name: make_asked_stays
-- The same for where each of them was said to be.
create temporary table if not exists asked_stays (
    facility_id int, resident_id int, since timestamptz, until timestamptz, presence smallint, before smallint
) on commit delete rows;

-- name: ask
-- The parts of these days that have begun, with what is known of the facility at their end. Drills have none.
insert into asked_parts
with given as (
    select f, d, clock, zone_of_facility(f) as zone
    from unnest(%(facilities)s::int[], %(days)s::int[], %(clocks)s::timestamptz[]) v (f, d, clock)
), bounded as (
    select g.*, midnight_in_zone(d, zone) as begins, midnight_in_zone(d + 1, zone) as ends from given g
), divided as (
    select b.*, r.told_within, r.acknowledged_within, r.accepted_within,
        ((date '1970-01-01' + d)::timestamp + make_interval(mins => r.cutoff)) at time zone coalesce(b.zone, 'Asia/Shanghai') as cut
    from bounded b
    left join lateral profile_before(b.f, b.begins) p on true
    cross join lateral (
        select * from reporting_rules r
        where starts_with(coalesce(p.region, ''), r.region_prefix) and r.valid_from <= b.d
        order by length(r.region_prefix) desc, r.valid_from desc limit 1
    ) r
)
select d.f, d.d, v.part, v.since, v.until, least(v.until, d.clock), d.clock, v.until <= d.clock, d.zone, h.region,
    case h.rural when true then 'rural' when false then 'urban' else 'unknown' end, h.facility_id is not null, h.cutoffs,
    d.told_within, d.acknowledged_within, d.accepted_within
from divided d
cross join lateral (values (0, d.begins, d.cut), (1, d.cut, d.ends)) v (part, since, until)
left join lateral profile_before(d.f, least(v.until, d.clock)) h on true
where v.since <= d.clock and not coalesce(h.drill, false);

-- name: take_elements
-- What counts of these facilities in these parts and the day before them: stored, not taken back; and replacements. The
-- last correction counts here also where it came too late to change an episode.
insert into asked_elements
with spans as (
    select facility_id, min(since) - interval '26 hours' as since, max(until) as until from asked_parts group by facility_id
), corrected as (
    select c.facility_id, c.corrects_at, c.corrects_id from spans s
    join corrections c on c.facility_id = s.facility_id and c.corrects_at >= s.since and c.corrects_at < s.until
    union
    select c.facility_id, c.corrects_at, c.corrects_id from spans s
    join corrections c on c.facility_id = s.facility_id and c.replacement_at >= s.since and c.replacement_at < s.until
        and c.replacement is not null
), last as materialized (
    select distinct on (c.facility_id, c.corrects_at, c.corrects_id) c.*
    from corrected k
    join corrections c on c.facility_id = k.facility_id and c.corrects_at = k.corrects_at and c.corrects_id = k.corrects_id
    join observations w on w.observed_at = c.at and w.event_id = c.correction_id and w.facility_id = c.facility_id
        and w.content = c.content and w.type = 4 and w.fate <> 5
    order by c.facility_id, c.corrects_at, c.corrects_id, c.at desc, c.correction_id desc
)
select o.facility_id, o.observed_at, o.event_id, o.resident_id, o.type, o.fate, o.doubt, o.spo2_tenths,
    o.temperature_tenths, not coalesce(o.on_oxygen, false) and not coalesce(o.after_activity, false), o.presence, o.test,
    o.result
from spans s
join observations o on o.facility_id = s.facility_id and o.observed_at >= s.since and o.observed_at < s.until
where o.observed_at >= %(first)s and o.observed_at < %(last)s and o.fate <> 5 and o.doubt & 128 = 0
    and (o.type in (4, 5) or (o.facility_id, o.observed_at, o.event_id) not in (
        select facility_id, corrects_at, corrects_id from last where action <> 3
    ))
union all
select c.facility_id, c.replacement_at, (c.replacement ->> 'id')::uuid, c.replacement_resident_id,
    case c.replacement ->> 'type' when 'reading' then 1 when 'test_result' then 2 else 3 end, 1,
    coalesce((c.replacement ->> 'doubt')::smallint, 0), (c.replacement ->> 'spo2_tenths')::smallint,
    (c.replacement ->> 'temperature_tenths')::smallint,
    not coalesce((c.replacement ->> 'on_oxygen')::boolean, false)
        and not coalesce((c.replacement ->> 'after_activity')::boolean, false),
    array_position(%(presences)s::text[], case c.replacement ->> 'type' when 'check_in' then coalesce(c.replacement ->> 'presence', 'in') end),
    case c.replacement ->> 'test' when 'antigen' then 1 when 'pcr' then 2 end,
    array_position(%(results)s::text[], c.replacement ->> 'result')
from spans s
join last c on c.facility_id = s.facility_id and c.replacement_at >= s.since and c.replacement_at < s.until
where c.replacement is not null and coalesce((c.replacement ->> 'doubt')::int, 0) & 128 = 0;

-- name: take_people
-- Who lives in these facilities: since they are known, by the registry or by a check, until they leave or move.
insert into asked_people
select r.facility_id, r.id, least(r.known_from, d.first_at, e.first_at), least(p.left_on, m.at)
from (select distinct facility_id from asked_parts) f
join residents r on r.facility_id = f.facility_id and r.kind = 'resident'
left join lateral (select first_at from resident_days where resident_id = r.id order by day limit 1) d on true
left join (select resident_id, min(at) as first_at from asked_elements group by resident_id) e on e.resident_id = r.id
left join lateral (
    select left_on from resident_profiles where resident_id = r.id order by recorded_at desc, valid_from desc limit 1
) p on true
left join (select from_resident_id, max(at) as at from moves group by from_resident_id) m on m.from_resident_id = r.id;

-- name: take_stays
-- Where each of them was last said to be, from when until when; what was said days ago comes from their summaries.
insert into asked_stays
with firsts as (
    select facility_id, min(day) as day from asked_parts group by facility_id
), said as (
    select facility_id, resident_id, at, event_id, presence from asked_elements where type = 3 and resident_id is not null
    union all
    select p.facility_id, p.resident_id, d.presence_at, null, d.presence
    from asked_people p
    join firsts f on f.facility_id = p.facility_id
    join lateral (
        select presence, presence_at from resident_days
        where resident_id = p.resident_id and presence is not null and day between f.day - 36 and f.day - 1
        order by day desc limit 1
    ) d on true
)
select facility_id, resident_id, at,
    coalesce(lead(at) over (partition by resident_id order by at, event_id nulls first), 'infinity'), presence,
    lag(presence) over (partition by resident_id order by at, event_id nulls first)
from said;

-- name: asked
-- The parts that were asked for, with what is stored beside their figures.
select facility_id, day, part, since, until, is_over, region, setting, is_registered from asked_parts;

-- name: save_parts
-- These parts are as they were counted; where something has changed, those regions are marked, old and new.
with new as (
    select * from jsonb_populate_recordset(null::facility_parts, %(rows)s::jsonb)
), gone as (
    delete from facility_parts p
    using unnest(%(facilities)s::int[], %(days)s::int[]) v (f, d)
    where p.facility_id = v.f and p.day = v.d
        and not exists (select from new n where n.facility_id = p.facility_id and n.day = p.day and n.part = p.part)
    returning p.region, p.day
), differing as (
    select n.*, o.region as old_region from new n
    left join facility_parts o on o.facility_id = n.facility_id and o.day = n.day and o.part = n.part
    where to_jsonb(o) is distinct from to_jsonb(n)
), replaced as (
    delete from facility_parts p using differing d
    where p.facility_id = d.facility_id and p.day = d.day and p.part = d.part
), touched as (
    select region, day from gone
    union select region, day from differing
    union select old_region, day from differing where old_region is not null
)
insert into stale_regions (region, day) select region, day from touched;

-- name: put_parts
-- The parts that are not there are put there.
insert into facility_parts select * from jsonb_populate_recordset(null::facility_parts, %(rows)s::jsonb)
on conflict do nothing;

-- name: next_moments
-- Per facility the next moment at which time alone changes its figures: a check falls due, a report is missing, a part ends.
select f, least(
    coalesce((select min(a.until) from asked_parts a where a.facility_id = v.f and a.until > v.clock), v.clock + interval '1 day'),
    (select min(m.at) from asked_parts a, lateral (
        select ((date '1970-01-01' + a.day)::timestamp + make_interval(mins => q)) at time zone coalesce(a.zone, 'Asia/Shanghai') as at
        from unnest(coalesce(a.cutoffs, '{600,1080}')) q
    ) m where a.facility_id = v.f and m.at > v.clock),
    (select min(t.at) from (
        select report_time(a.until) as at from asked_parts a
        where a.facility_id = v.f and a.part = 0 and a.until between v.clock - interval '2 days' and v.clock
    ) t where t.at > v.clock and t.at < 'infinity')
)
from unnest(%(facilities)s::int[], %(clocks)s::timestamptz[]) v (f, clock);

-- name: summed_up
-- These facilities are counted, and right until then if nothing is told.
update summed_up s set good_until = v.t, counted_at = clock_timestamp()
from unnest(%(facilities)s::int[], %(times)s::timestamptz[]) v (f, t)
where s.facility_id = v.f;

-- name: waiting
-- How many marks wait to be counted.
select (select count(*) from stale_parts), (select count(*) from stale_regions);

-- name: put_off
-- This facility waits until all others had their turn.
update summed_up set counted_at = clock_timestamp() where facility_id = %(facility)s;

-- name: backlog
-- How many marks wait to be counted, and when a facility was counted last.
select (select count(*) from stale_parts), (select nullif(max(counted_at), 'epoch') from summed_up);
