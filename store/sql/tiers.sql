-- name: tiers_of_facility
-- Every tier recorded of the residents of a facility, in the order in which they became known.
select t.resident_id, t.recorded_at, t.since, t.tier, t.ours, t.zh, t.en, t.cause, t.stale_since
from resident_tiers t
join residents r on r.id = t.resident_id
where r.facility_id = %(facility)s
order by t.resident_id, t.recorded_at, t.since;

-- name: tiers_of_residents
-- Every tier recorded of these residents, in the order in which they became known.
select resident_id, recorded_at, since, tier, ours, zh, en, cause, stale_since
from resident_tiers
where resident_id = any(%(residents)s)
order by resident_id, recorded_at, since;

-- name: add_tiers
-- Tiers count from a time on; what was recorded before stays on record.
insert into resident_tiers select * from jsonb_populate_recordset(null::resident_tiers, %(rows)s::jsonb)
on conflict do nothing;
