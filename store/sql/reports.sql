-- name: latest
-- The last report of each day of a facility, as it stands in the observations, the newest day first.
select distinct on (day) (o.rest ->> 'day')::date - date '1970-01-01' as day, o.observed_at, o.received_at, o.reporter, o.rest
from observations o
where o.facility_id = %(facility)s and o.observed_at >= %(since)s and o.type = 6 and o.effect = 0 and o.fate <> 5
order by day desc, o.observed_at desc, o.received_at desc, o.event_id desc;

-- name: difficulties
-- The difficulties of a region or a facility: the last word on each, its owner, and since when it is so.
-- Provinces keep their codes when counties change theirs: what a province never had is left out first.
with homes as (
    select f.id, f.code, f.name from facilities_now f
    where (%(facility)s::text is null or f.code = %(facility)s)
        and (f.region is null or starts_with(f.region, left(%(prefix)s, 2)))
        and exists (select from facility_reports r where r.facility_id = f.id and r.difficulties is not null)
), said as (
    select distinct on (r.facility_id, d ->> 'id') r.facility_id, d ->> 'id' as difficulty, d ->> 'kind' as kind,
        d ->> 'text' as text, d ->> 'state' as state
    from homes h
    join facility_reports r on r.facility_id = h.id and r.difficulties is not null
    cross join lateral jsonb_array_elements(r.difficulties) d
    order by r.facility_id, d ->> 'id', r.observed_at desc
), turned as (
    select distinct on (h.id, t.difficulty) h.id, t.difficulty, t.at, t.is_open,
        min(t.at) over (partition by h.id, t.difficulty) as raised_at
    from homes h
    cross join lateral difficulty_turns_of(h.id) t
    order by h.id, t.difficulty, t.at desc
)
select h.code, p.region, l.difficulty, l.kind, l.text, l.state, coalesce(t.is_open, false), t.raised_at, t.at, o.owner, h.name
from said l
join homes h on h.id = l.facility_id
left join lateral (
    select region from facility_parts where facility_id = h.id order by day desc, part desc limit 1
) p on true
left join turned t on t.id = l.facility_id and t.difficulty = l.difficulty
left join lateral (
    select owner from difficulty_actions a
    where a.facility_id = l.facility_id and a.difficulty = l.difficulty and a.owner is not null order by a.at desc limit 1
) o on true
where starts_with(coalesce(p.region, ''), %(prefix)s) and (%(closed)s or t.is_open)
order by t.raised_at, h.code, l.difficulty;

-- name: knows_difficulty
-- A facility has named this difficulty.
select exists (
    select from facility_reports r, jsonb_array_elements(r.difficulties) d
    where r.facility_id = %(facility)s and d ->> 'id' = %(difficulty)s
);

-- name: act_on_difficulty
-- Somebody above the facility has done something about a difficulty.
insert into difficulty_actions (facility_id, difficulty, at, actor, action, owner, comment)
values (%(facility)s, %(difficulty)s, %(at)s, %(actor)s, %(action)s, %(owner)s, %(comment)s);

-- name: zeros_against
-- Facilities whose last report of a day is a zero although something is on record of that day: positives, urgent alerts.
with zeros as (
    select f.id, f.code, f.name, p.region, r.observed_at, midnight_in_zone(r.day, z.zone) as since,
        midnight_in_zone(r.day + 1, z.zone) as until
    from facility_parts p
    join facilities_now f on f.id = p.facility_id
    cross join lateral (select zone_of_facility(f.id) as zone) z
    cross join lateral (
        select day, observed_at, nothing_to_report from facility_reports
        where facility_id = f.id and day = p.day order by observed_at desc, received_at desc, event_id desc limit 1
    ) r
    where p.day = %(day)s and p.part = 0 and p.reports_zero = 1 and r.nothing_to_report and (
        f.code = any(%(codes)s::text[])
        or exists (select from unnest(%(regions)s::text[]) prefix where starts_with(p.region, prefix))
    )
)
select z.code, z.region, z.name, z.observed_at, n.positives, n.urgent
from zeros z
cross join lateral (
    {on_record}
) n
where n.positives + n.urgent > 0
order by z.region, z.code;

-- name: on_record
-- What is on record of a facility (z) and a stretch of time: people who were positive, urgent alerts; put into the others.
select (
    select count(distinct coalesce(c.resident_id::text, c.staff)) from case_elements c
    where c.facility_id = z.id and c.sign = 'positive' and c.observed_at >= z.since and c.observed_at < z.until
) as positives, (
    select count(*) from alerts a
    where a.facility_id = z.id and a.severity <= 2 and a.opened_at >= z.since and a.opened_at < z.until
) as urgent;

-- name: on_record_of_facility
-- What is on record of one facility and day.
select n.positives, n.urgent
from (
    select %(facility)s::int as id, midnight_in_zone(%(day)s, zone_of_facility(%(facility)s)) as since,
        midnight_in_zone(%(day)s + 1, zone_of_facility(%(facility)s)) as until
) z
cross join lateral (
    {on_record}
) n;
