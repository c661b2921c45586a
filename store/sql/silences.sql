-- name: hearing
-- When a facility was registered and last heard, which silence is told of it, and how far we looked ourselves.
select (select min(recorded_at) from facility_profiles p where p.facility_id = f.id),
    (select max(at) from contacts c where c.facility_id = f.id and c.kind = 1),
    (select max(at) from contacts c where c.facility_id = f.id and c.kind = 2),
    (select max(at) from contacts c where c.facility_id = f.id and c.kind = 3),
    t.because, t.since,
    (
        select min(seen) from (
            select coalesce(max(seen_until), 'epoch') as seen from ledger l
            where l.partition = f.partition or f.partition is null
            group by partition, topic
        ) clocks
    )
from facilities f
left join lateral (
    select e.content #>> '{trail,-1,because}' as because, e.content #>> '{trail,-1,facts,since}' as since from episodes e
    where e.facility_id = f.id and e.condition = 'facility_silent' and e.withdrawn_at is null
        and coalesce(e.ended_at, 9223372036854775807) = 9223372036854775807
    limit 1
) t on true
where f.id = %(facility)s;

-- name: told_silent
-- How many facilities, drills aside, are told of as silent, by the sentence that is said; where nothing but wrong times
-- came since, by that of the clock.
select case when c.misdated_at > coalesce(c.heard_at, '-infinity') then 'clock' else e.content #>> '{trail,-1,because}' end as because,
    count(*)
from alerts a
join facilities_now f on f.id = a.facility_id
join episodes e on e.id = a.episodes[array_upper(a.episodes, 1)]
cross join lateral (
    select max(at) filter (where kind = 3) as misdated_at, max(at) filter (where kind <> 3) as heard_at from contacts
    where facility_id = a.facility_id and at > now() - interval '60 days'
) c
where a.condition = 'facility_silent' and a.closed_at is null and a.condition_state = 'present'
    and not f.drill
group by because;
