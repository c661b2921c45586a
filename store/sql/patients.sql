-- name: patient
-- A resident as registered now, with the home's name and numbers.
select r.facility_id, r.id, f.code, coalesce(nullif(f.name, ''), f.code), f.region, f.zone,
    coalesce(f.phones, ''), r.code, p.unit, p.bed, p.birth_year::int, coalesce(t.tier, p.tier), coalesce(p.spo2_scale, 1)::int,
    p.usual_spo2_tenths::int, p.usual_pulse::int, p.usual_temperature_tenths::int, p.conditions::int, p.conditions_stable,
    p.vaccination, p.medicines, p.allergies
from residents r
join facilities_now f on f.id = r.facility_id
left join lateral (
    select * from resident_profiles where resident_id = r.id and valid_from <= now()
    order by recorded_at desc, valid_from desc limit 1
) p on true
left join lateral (
    select tier from resident_tiers where resident_id = r.id and since <= now() order by recorded_at desc, since desc limit 1
) t on true
where r.id = %(resident)s and r.kind = 'resident';

-- name: find_patient
-- A resident by the codes of home and resident.
select r.id from residents r join facilities f on f.id = r.facility_id
where f.code = %(facility)s and r.code = %(resident)s and r.kind = 'resident';

-- name: vitals
-- The readings of a resident in a stretch, as they count; the newest thousand.
select * from (
    select observed_at, event_id, spo2_tenths::int, pulse_per_min::int, respirations_per_min::int, temperature_tenths::int,
        systolic_mmhg::int, diastolic_mmhg::int, consciousness::int, on_oxygen, (rest ->> 'oxygen_l_per_min')::float8
    from observations
    where facility_id = %(facility)s and resident_id = %(resident)s and observed_at >= %(since)s
        and observed_at <= %(until)s and type = 1 and effect = 0 and fate in (1, 2, 4)
    order by observed_at desc, event_id desc
    limit 1000
) newest
order by observed_at, event_id;

-- name: hospital
-- A hospital as registered now.
select hospital, coalesce(nullif(name, ''), hospital), region, phones, green_channel from hospital_profiles
where hospital = %(hospital)s order by recorded_at desc, valid_from desc limit 1;

-- name: names_of_homes
-- The name and the zone of these homes.
select id, coalesce(nullif(name, ''), code), zone from facilities_now where id = any(%(ids)s);
