-- name: known_facilities
-- What was ever recorded of these facilities, in the order in which it became known; also that they exist.
select f.code, '', f.id, p.recorded_at, p.valid_from, p.name, p.region, p.zone, p.altitude_m, p.rural,
    p.temperature_site, p.cutoffs, p.mode, p.phones, p.drill, p.credit_code, p.hospital
from facilities f
left join facility_profiles p on p.facility_id = f.id
where f.code = any(%(first)s)
order by f.id, p.recorded_at, p.valid_from;

-- name: known_residents
-- The same of residents.
select f.code, r.code, r.id, p.recorded_at, p.valid_from, p.unit, p.bed, p.birth_year, p.tier, p.spo2_scale,
    p.usual_spo2_tenths, p.usual_pulse, p.usual_temperature_tenths, p.tier_assessed_on, p.conditions,
    p.conditions_stable, p.vaccination, p.responsible, p.left_on, p.medicines, p.allergies
from (select distinct * from unnest(%(first)s::text[], %(second)s::text[]) k (f, c)) k
join facilities f on f.code = k.f
join residents r on r.facility_id = f.id and r.code = k.c and r.kind = 'resident'
left join resident_profiles p on p.resident_id = r.id
order by r.id, p.recorded_at, p.valid_from;

-- name: known_units
-- The same of units.
select f.code, p.unit, f.id, p.recorded_at, p.valid_from, p.name, p.beds
from (select distinct * from unnest(%(first)s::text[], %(second)s::text[]) k (f, c)) k
join facilities f on f.code = k.f
join unit_profiles p on p.facility_id = f.id and p.unit = k.c
order by f.id, p.unit, p.recorded_at, p.valid_from;

-- name: known_staff
-- The same of staff.
select f.code, p.staff, f.id, p.recorded_at, p.valid_from, p.name, p.role, p.unit, p.phones, p.left_on
from (select distinct * from unnest(%(first)s::text[], %(second)s::text[]) k (f, c)) k
join facilities f on f.code = k.f
join staff_profiles p on p.facility_id = f.id and p.staff = k.c
order by f.id, p.staff, p.recorded_at, p.valid_from;

-- name: known_hospitals
-- The same of hospitals.
select p.hospital, '', 0, p.recorded_at, p.valid_from, p.name, p.credit_code, p.region, p.phones, p.green_channel
from hospital_profiles p
where p.hospital = any(%(first)s)
order by p.hospital, p.recorded_at, p.valid_from;

-- name: add_facilities
-- Something else is known of facilities. A column that a version does not know stays empty.
insert into facility_profiles select * from jsonb_populate_recordset(null::facility_profiles, %(rows)s::jsonb);

-- name: add_residents
-- The same of residents.
insert into resident_profiles select * from jsonb_populate_recordset(null::resident_profiles, %(rows)s::jsonb);

-- name: add_units
-- The same of units.
insert into unit_profiles select * from jsonb_populate_recordset(null::unit_profiles, %(rows)s::jsonb);

-- name: add_staff
-- The same of staff.
insert into staff_profiles select * from jsonb_populate_recordset(null::staff_profiles, %(rows)s::jsonb);

-- name: add_hospitals
-- The same of hospitals.
insert into hospital_profiles select * from jsonb_populate_recordset(null::hospital_profiles, %(rows)s::jsonb);

-- name: facilities_registered
-- Facilities are registered, and judged again from their first check if nothing was known of them, else from a time.
update facilities f set provisional = false, due_at = least(f.due_at, %(now)s),
    refold_from = least(f.refold_from, case when v.is_first then coalesce(f.first_seen_at, 'epoch') else v.since end)
from unnest(%(ids)s::int[], %(firsts)s::boolean[], %(sinces)s::timestamptz[]) v (id, is_first, since)
where f.id = v.id;

-- name: residents_registered
-- These residents are registered.
update residents set provisional = false where id = any(%(ids)s) and provisional;
