-- name: facility_profiles
-- What was ever recorded of a facility, in the order in which it became known.
select valid_from, recorded_at, name, region, zone, altitude_m, rural, temperature_site, cutoffs, mode, phones, drill,
    credit_code, hospital
from facility_profiles
where facility_id = %(facility)s
order by recorded_at, valid_from;

-- name: resident_profiles
-- What was ever recorded of the residents of a facility, in the order in which it became known.
select r.id, p.valid_from, p.recorded_at, p.unit, p.bed, p.birth_year, p.tier, p.spo2_scale, p.usual_spo2_tenths,
    p.usual_pulse, p.usual_temperature_tenths, p.tier_assessed_on, p.conditions, p.conditions_stable, p.vaccination,
    p.responsible, p.left_on, p.medicines, p.allergies
from resident_profiles p
join residents r on r.id = p.resident_id
where r.facility_id = %(facility)s
order by r.id, p.recorded_at, p.valid_from;
