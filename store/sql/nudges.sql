-- name: missing
-- Facilities of a region whose report of a day is missing although we looked, with the day of their last one.
select f.code, p.region, f.name, (select max(day) from facility_reports r where r.facility_id = f.id and r.day <= %(day)s),
    f.phones
from facility_parts p
join facilities_now f on f.id = p.facility_id
where p.day = %(day)s and p.part = 0 and p.reports_missing = 1 and starts_with(p.region, %(prefix)s)
order by p.region, f.code;

-- name: given
-- Of these facilities those that have reported on a day by now.
select distinct o.facility_id from observations o
where o.facility_id = any(%(facilities)s) and o.observed_at >= %(since)s and o.type = 6 and o.effect = 0
    and o.fate <> 5 and o.rest ->> 'day' = %(date)s;

-- name: add_nudge
-- Who asked whom for the report of a day.
insert into nudges (at, day, facility_id, alert_id, nudged_by)
values (%(at)s, %(day)s, %(facility)s, %(alert)s, %(by)s);

-- name: results
-- Each nudge of a day in a region: who asked, whom it reached or why it did not, and whether the report has come.
select f.code, p.region, n.at, n.nudged_by, coalesce(d.person, d.address), d.channel, d.status, d.not_told_reason, d.sent_at,
    (select min(r.received_at) from facility_reports r where r.facility_id = n.facility_id and r.day = n.day), f.name
from nudges n
join facilities_now f on f.id = n.facility_id
join facility_parts p on p.facility_id = n.facility_id and p.day = n.day and p.part = 0
left join deliveries d on d.alert_id = n.alert_id and d.created_at = n.at
where n.day = %(day)s and starts_with(p.region, %(prefix)s)
order by f.code, n.at, d.id;

-- name: answered
-- Open nudges whose reports have all come: the alert and its facility.
select a.id, f.code from alerts a
join facilities f on f.id = a.facility_id
where a.condition = %(condition)s and a.closed_at is null and not exists (
    select from nudges n
    where n.alert_id = a.id and not exists (
        select from facility_reports r where r.facility_id = n.facility_id and r.day = n.day
    )
)
order by f.code
limit 200;
