-- name: facility_profiles
-- What was ever recorded of a facility, in the order in which it became known.
select valid_from, recorded_at, name, region, zone, altitude_m, rural, temperature_site, cutoffs, mode, phones, drill
from facility_profiles
where facility_id = %(facility)s
order by recorded_at, valid_from;

-- name: resident_profiles
-- What was ever recorded of the residents of a facility, in the order in which it became known.
select r.id, p.valid_from, p.recorded_at, p.unit, p.bed, p.birth_year, p.tier, p.spo2_scale, p.usual_spo2_tenths,
    p.usual_pulse, p.usual_temperature_tenths
from resident_profiles p
join residents r on r.id = p.resident_id
where r.facility_id = %(facility)s
order by r.id, p.recorded_at, p.valid_from;

-- name: add_facility_profile
-- Something else is known of a facility from now on.
insert into facility_profiles (
    facility_id, valid_from, recorded_at, name, region, zone, altitude_m, rural, temperature_site, cutoffs, mode,
    phones, drill
) values (
    %(id)s, %(valid_from)s, %(recorded_at)s, %(name)s, %(region)s, %(zone)s, %(altitude_m)s, %(rural)s,
    %(temperature_site)s, %(cutoffs)s, %(mode)s, %(phones)s, %(drill)s
);

-- name: add_resident_profile
-- Something else is known of a resident.
insert into resident_profiles (
    resident_id, valid_from, recorded_at, unit, bed, birth_year, tier, spo2_scale, usual_spo2_tenths, usual_pulse,
    usual_temperature_tenths
) values (
    %(id)s, %(valid_from)s, %(recorded_at)s, %(unit)s, %(bed)s, %(birth_year)s, %(tier)s, %(spo2_scale)s,
    %(usual_spo2_tenths)s, %(usual_pulse)s, %(usual_temperature_tenths)s
);

-- name: facility_registered
-- A facility is registered, and judged again from its first check if nothing was known of it, else from now on.
update facilities set provisional = false, due_at = least(due_at, %(now)s),
    refold_from = least(refold_from, case when %(is_first)s then coalesce(first_seen_at, 'epoch') else %(now)s end)
where id = %(id)s;

-- name: residents_registered
-- These residents are registered.
update residents set provisional = false where id = any(%(ids)s) and provisional;

-- name: judge_again
-- A facility is judged again from a time; null: from its first check.
update facilities set due_at = least(due_at, %(now)s), refold_from = least(refold_from, coalesce(%(from)s, first_seen_at, 'epoch'))
where id = %(id)s;
