-- name: looked_after
-- When each resident of a facility was last measured or seen, and where they were last said to be.
with people as (
    select id, code, known_from from residents where facility_id = %(facility)s and kind = 'resident'
), seen as (
    select resident_id, observed_at as at, null::smallint as presence from observations
    where facility_id = %(facility)s and observed_at >= %(checks)s and observed_at <= %(now)s
        and type = 1 and fate in (1, 2) and effect = 0 and resident_id is not null and doubt & 128 = 0
    union all
    select resident_id, observed_at, presence from observations
    where facility_id = %(facility)s and observed_at >= %(words)s and observed_at <= %(now)s
        and type = 3 and fate in (1, 2) and effect = 0 and resident_id is not null
    union all
    select c.replacement_resident_id, c.replacement_at,
        array_position(%(presences)s::text[], c.replacement ->> 'presence')::smallint
    from people join corrections c on c.replacement_resident_id = people.id
    where c.in_force and c.replacement is not null and c.replacement ->> 'type' in ('reading', 'check_in')
        and c.replacement_at >= %(words)s and c.replacement_at <= %(now)s
)
select p.id, p.code, p.known_from, max(s.at), (array_agg(s.presence order by s.at desc) filter (where s.presence is not null))[1]
from people p left join seen s on s.resident_id = p.id
group by p.id, p.code, p.known_from;

-- name: original
-- A reading as it came, so that it can be claimed for a resident.
select event_id, observed_at, device, reporter, unit, spo2_tenths, pulse_per_min, respirations_per_min, temperature_tenths,
    temperature_site, systolic_mmhg, diastolic_mmhg, consciousness, on_oxygen, after_activity, continuous, rest, marks
from observations
where facility_id = %(facility)s and observed_at = %(at)s and event_id = %(id)s
    and type = 1 and effect = 0 and marks & 32 <> 0 and resident_id is null;
