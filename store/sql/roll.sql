-- name: roll
-- Who lives in a facility, in the order of the round: units by name, beds as the unit lists them; those who left are not in it.
select r.code, r.provisional, p.unit, p.bed, s.name, t.tier, t.zh, t.en, t.since, t.cause, t.stale_since
from residents r
left join lateral (
    select unit, bed, responsible, left_on from resident_profiles
    where resident_id = r.id and greatest(valid_from, recorded_at) <= %(now)s
    order by recorded_at desc, valid_from desc limit 1
) p on true
left join lateral (
    select tier, zh, en, since, cause, stale_since from resident_tiers
    where resident_id = r.id and since <= %(now)s order by recorded_at desc, since desc limit 1
) t on true
left join lateral (
    select beds from unit_profiles
    where facility_id = r.facility_id and unit = p.unit order by recorded_at desc, valid_from desc limit 1
) u on true
left join lateral (
    select name from staff_profiles
    where facility_id = r.facility_id and staff = p.responsible order by recorded_at desc, valid_from desc limit 1
) s on true
where r.facility_id = %(facility)s and r.kind = 'resident' and (p.left_on is null or p.left_on > %(now)s)
order by p.unit nulls last, array_position(u.beds, p.bed) nulls last, p.bed nulls last, r.code;

-- name: tasks
-- What somebody has to do so that the registry is right: register who is known by checks only, complete facts, assess anew.
select * from (
    select 'facility_not_registered' as task, f.code as facility, null as resident,
        coalesce(f.first_seen_at, 'epoch') as since, '' as zh, '' as en
    from facilities f where f.provisional and (f.first_seen_at is not null or exists (
        select from residents r where r.facility_id = f.id and r.kind = 'resident'
    ))
    union all
    select 'resident_not_registered', f.code, r.code, r.known_from, '', ''
    from residents r join facilities f on f.id = r.facility_id
    where r.provisional and r.kind = 'resident'
    union all
    select case when t.tier is null then 'tier_missing' else 'tier_stale' end, f.code, r.code,
        coalesce(t.stale_since, t.since), t.zh, t.en
    from residents r join facilities f on f.id = r.facility_id
    join lateral (
        select tier, zh, en, since, stale_since from resident_tiers
        where resident_id = r.id and since <= %(now)s order by recorded_at desc, since desc limit 1
    ) t on t.tier is null or t.stale_since is not null
    where not exists (
        select from resident_profiles p where p.resident_id = r.id and p.left_on <= %(now)s
            and p.recorded_at = (select max(recorded_at) from resident_profiles q where q.resident_id = r.id)
    )
) found
where %(facility)s::text is null or facility = %(facility)s
order by task, facility, since, resident
limit %(limit)s;

-- name: completeness_of_facilities
-- How complete the registry is: registered facilities, and what they lack. Drills are none.
select count(*),
    count(*) filter (where not exists (
        select from residents r where r.facility_id = f.id and r.kind = 'resident' and not r.provisional
    )),
    count(*) filter (where not exists (
        select from recipients c where coalesce(c.facility_id, f.id) = f.id
            and (c.region_prefix is null or starts_with(f.region, c.region_prefix))
    ) and not exists (
        select from desk_scopes s
        where s.facility = f.code or s.facility is null and starts_with(coalesce(f.region, ''), coalesce(s.region_prefix, ''))
    )),
    count(*) filter (where not exists (select from hospital_profiles h where h.hospital = f.hospital)),
    count(*) filter (where f.region is null),
    (select count(*) from facilities where provisional and first_seen_at is not null)
from facilities_now f
where not f.provisional and not f.drill and f.recorded_at is not null;

-- name: completeness_of_residents
-- How complete it is about residents who have not left.
select count(*) filter (where p.resident_id is not null), count(*) filter (where p.resident_id is null),
    count(p.birth_year), count(p.conditions), count(p.vaccination), count(p.usual_spo2_tenths), count(p.responsible)
from residents r
left join (
    select distinct on (resident_id) * from resident_profiles order by resident_id, recorded_at desc, valid_from desc
) p on p.resident_id = r.id
where r.kind = 'resident' and (p.left_on is null or p.left_on > now());
