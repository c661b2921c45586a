-- name: make_staging
-- A table of this connection alone through which rows pass, so that the known ones can be told apart.
create temporary table if not exists staging (like observations including defaults) on commit delete rows;

-- name: add_staged
-- Stores what is new; what was known travels back beside what is stored of it.
with added as (
    insert into observations select * from staging on conflict do nothing returning observed_at, event_id
)
select observed_at, event_id from staging
except all
select observed_at, event_id from added;

-- name: stored_of
-- What is stored under these keys. The bounds keep every other chunk out.
select o.observed_at, o.event_id, o.facility_id, o.resident_id, o.received_at, o.content, o.fate, o.effect
from observations o
join unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (observed_at, event_id)
    on o.observed_at = k.observed_at and o.event_id = k.event_id
where o.observed_at between %(first)s and %(last)s;

-- name: keep_staged_as_conflicts
-- What is staged does not count and is kept.
insert into conflicts (observed_at, event_id, content, facility_id, received_at, row)
select s.observed_at, s.event_id, s.content, s.facility_id, s.received_at, to_jsonb(s) from staging s
on conflict do nothing;

-- name: keep_replaced_as_conflicts
-- What is stored under a staged key with other content will not count any more and is kept.
insert into conflicts (observed_at, event_id, content, facility_id, received_at, row)
select o.observed_at, o.event_id, o.content, o.facility_id, o.received_at, to_jsonb(o)
from observations o
join staging s on o.observed_at = s.observed_at and o.event_id = s.event_id and o.content <> s.content
where o.observed_at between %(first)s and %(last)s
on conflict do nothing;

-- name: forget_conflicts_of_staged
-- What is staged counts again: it is a conflict no more.
delete from conflicts c using staging s
where c.observed_at = s.observed_at and c.event_id = s.event_id and c.content = s.content
    and c.facility_id = s.facility_id;

-- name: remove_replaced
-- The stored rows of the staged keys make room.
delete from observations o using staging s
where o.observed_at = s.observed_at and o.event_id = s.event_id and o.observed_at between %(first)s and %(last)s;

-- name: put_staged
-- The staged rows take the room that was made.
insert into observations select * from staging;

-- name: empty_staging
-- Nothing is staged.
delete from staging;

-- name: window
-- What counts of these residents, one after the other: stored, held or quarantined, not taken back, never demonstration data.
select resident_id, type, observed_at, event_id,
    spo2_tenths, pulse_per_min, respirations_per_min, temperature_tenths, temperature_site, systolic_mmhg,
    consciousness, on_oxygen, after_activity, continuous, doubt, presence, test, result, pathogen,
    case when type in (3, 8) then rest end, unit
from observations
where facility_id = %(facility)s and resident_id = any(%(residents)s)
    and observed_at >= %(since)s and observed_at < %(until)s
    and type in (1, 2, 3, 8) and fate in (1, 2, 3) and effect = 0 and doubt & 128 = 0
order by resident_id;

-- name: replacements
-- Elements that stand in the place of others, by corrections in force; demonstration data never do.
select replacement_resident_id, replacement from corrections
where in_force and replacement is not null and facility_id = %(facility)s
    and replacement_resident_id = any(%(residents)s)
    and replacement_at >= %(since)s and replacement_at < %(until)s
    and coalesce((replacement ->> 'doubt')::int, 0) & 128 = 0;
