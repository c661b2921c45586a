-- name: fate_of
-- What became of one event of a facility.
select o.event_id, o.observed_at, o.received_at, o.type, o.fate, o.effect, o.marks, r.code, o.staff,
    exists (select from conflicts c where c.observed_at = o.observed_at and c.event_id = o.event_id)
from observations o
left join residents r on r.id = o.resident_id
where o.observed_at = %(at)s and o.event_id = %(id)s and o.facility_id = %(facility)s;

-- name: fate_beside
-- What became of an event of a facility whose id another facility had used for the same time: it is kept, and counts nowhere.
select c.event_id, c.observed_at, c.received_at, v.type, v.fate, v.effect, v.marks, r.code, v.staff, true, false
from conflicts c
cross join jsonb_to_record(c.row) v (type smallint, fate smallint, effect smallint, marks int, resident_id int, staff text)
left join residents r on r.id = v.resident_id
where c.observed_at = %(at)s and c.event_id = %(id)s and c.facility_id = %(facility)s
order by c.received_at
limit 1;

-- name: fates_since
-- What became of a facility's events received at or after a time, in the order of receipt.
select o.event_id, o.observed_at, o.received_at, o.type, o.fate, o.effect, o.marks, r.code, o.staff,
    exists (select from conflicts c where c.observed_at = o.observed_at and c.event_id = o.event_id)
from observations o
left join residents r on r.id = o.resident_id
where o.facility_id = %(facility)s and o.received_at >= %(since)s
    and o.observed_at >= %(oldest)s and o.observed_at < %(newest)s
order by o.received_at, o.observed_at, o.event_id
limit %(limit)s;

-- name: newest
-- The newest events of a facility or of one of its residents, whatever became of them, or what nobody has claimed.
select o.event_id, o.observed_at, o.received_at, o.type, o.fate, o.effect, o.resident_id, r.code, o.doubt, o.marks,
    o.spo2_tenths, o.pulse_per_min, o.respirations_per_min, o.temperature_tenths, o.temperature_site,
    o.systolic_mmhg, o.diastolic_mmhg, o.consciousness, o.on_oxygen, o.presence, o.test, o.result,
    o.staff, o.device, o.reporter, o.unit, o.rest
from observations o
left join residents r on r.id = o.resident_id
where o.facility_id = %(facility)s and o.observed_at >= %(since)s
    and (%(resident)s::int is null or o.resident_id = %(resident)s)
    and (not %(unbound)s or o.type = 1 and o.marks & 32 <> 0 and o.resident_id is null and o.effect = 0)
order by o.observed_at desc, o.event_id desc
limit %(limit)s;
