-- name: drop_equipment
-- These reports are in no facility's timeline.
delete from equipment e
using unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
where e.observed_at = k.at and e.event_id = k.id and e.facility_id = any(%(facilities)s)
returning e.facility_id, e.observed_at, e.event_id, e.oximeters, e.oxygen_devices;

-- name: add_equipment
-- Those of these events that are facility reports which say something of devices, as they count now: received within
-- the horizon, not taken back.
with k as (
    select at, id from unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
), named as (
    -- The keys hold the original of every correction among them.
    select c.corrects_at, c.corrects_id, c.facility_id, c.action, row_number() over (
        partition by c.facility_id, c.corrects_at, c.corrects_id order by c.at desc, c.correction_id desc
    ) = 1 as wins
    from k
    join corrections c on c.corrects_at = k.at and c.corrects_id = k.id
    join observations o on o.observed_at = c.at and o.event_id = c.correction_id
        and o.facility_id = c.facility_id and o.content = c.content and o.type = 4 and o.fate in (1, 2, 3, 4)
    where c.facility_id = any(%(facilities)s)
)
insert into equipment (facility_id, observed_at, event_id, oximeters, oxygen_devices)
select o.facility_id, o.observed_at, o.event_id, (o.rest ->> 'oximeters_working')::int,
    (o.rest ->> 'oxygen_devices_working')::int
from k
join observations o on o.observed_at = k.at and o.event_id = k.id
left join named n on n.wins and n.facility_id = o.facility_id and n.corrects_at = o.observed_at
    and n.corrects_id = o.event_id
where o.observed_at between %(first)s and %(last)s and o.facility_id = any(%(facilities)s) and o.type = 6
    and (o.fate in (1, 2, 3) or o.fate = 4 and o.received_at - o.observed_at <= %(horizon)s::interval)
    and coalesce(n.action, 3) = 3
    and coalesce(o.rest ->> 'oximeters_working', o.rest ->> 'oxygen_devices_working') is not null
returning facility_id, observed_at, event_id, oximeters, oxygen_devices;

-- name: equipment_of
-- What a facility said of its devices since a time, in order.
select facility_id, observed_at, event_id, oximeters, oxygen_devices from equipment
where facility_id = %(facility)s and observed_at >= %(since)s
order by observed_at, event_id;
