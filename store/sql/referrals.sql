-- name: drop_event_steps
-- The steps of these events, and of the originals that corrections among them name, are no more.
with given as (
    select at, id from unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
), keys as (
    select at, id from given
    union
    select c.corrects_at, c.corrects_id from corrections c join given g on c.correction_id = g.id and c.at = g.at
)
delete from referral_steps s using keys k
where s.at = k.at and s.id = k.id and s.facility_id = any(%(facilities)s) and s.source = 'event'
returning s.facility_id, s.referral;

-- name: add_event_steps
-- Those of these events and originals that are steps of a referral and were not taken back, however late they came.
with given as (
    select at, id from unnest(%(times)s::timestamptz[], %(ids)s::uuid[]) k (at, id)
), keys as (
    select at, id from given
    union
    select c.corrects_at, c.corrects_id from corrections c join given g on c.correction_id = g.id and c.at = g.at
)
insert into referral_steps (
    facility_id, at, id, recorded_at, referral, step, source, resident_id, alert, hospital, actor, reason, bed, transport
)
select o.facility_id, o.observed_at, o.event_id, o.received_at, o.rest ->> 'referral', o.rest ->> 'step', 'event',
    o.resident_id, o.rest ->> 'alert', o.rest ->> 'hospital', o.rest ->> 'actor', o.rest ->> 'reason', o.rest ->> 'bed',
    o.rest ->> 'transport'
from keys k
join observations o on o.observed_at = k.at and o.event_id = k.id
where o.facility_id = any(%(facilities)s) and o.type = 7 and o.effect = 0 and o.fate in (1, 2, 3, 4)
on conflict do nothing
returning facility_id, referral;

-- name: add_step
-- Somebody said a step of a referral.
insert into referral_steps (
    facility_id, at, id, recorded_at, referral, step, source, resident_id, alert, hospital, actor, reason, bed, transport
) values (
    %(facility_id)s, %(at)s, %(id)s, %(recorded_at)s, %(referral)s, %(step)s, %(source)s, %(resident_id)s, %(alert)s,
    %(hospital)s, %(actor)s, %(reason)s, %(bed)s, %(transport)s
) on conflict do nothing;

-- name: related
-- These referrals, and every other one of the residents whom their steps name or named.
with people as (
    select resident_id from referral_steps where facility_id = %(facility)s and referral = any(%(codes)s)
    union
    select resident_id from referrals where facility_id = %(facility)s and code = any(%(codes)s)
)
select unnest(%(codes)s::text[])
union
select code from referrals where resident_id in (select resident_id from people) and facility_id = %(facility)s
order by 1;

-- name: steps_of
-- Every step of some referrals of a facility, in order.
select facility_id, at, id, recorded_at, referral, step, source, resident_id, alert, hospital, actor, reason, bed, transport
from referral_steps
where facility_id = %(facility)s and referral = any(%(codes)s)
order by at, id;

-- name: save_referral
-- A referral as it is now.
insert into referrals (
    facility_id, code, resident_id, alert_id, stage, hospital, began_at, requested_at, ended_at, due_at, looked_at, plan,
    content, seen_by
) values (
    %(facility_id)s, %(code)s, %(resident_id)s, %(alert_id)s, %(stage)s, %(hospital)s, %(began_at)s, %(requested_at)s,
    %(ended_at)s, %(due_at)s, %(looked_at)s, %(plan)s,
    %(content)s, %(seen_by)s
) on conflict on constraint one_referral_per_code do update set
    resident_id = excluded.resident_id,
    alert_id = excluded.alert_id,
    stage = excluded.stage,
    hospital = excluded.hospital,
    began_at = excluded.began_at,
    requested_at = excluded.requested_at,
    ended_at = excluded.ended_at,
    due_at = excluded.due_at,
    looked_at = excluded.looked_at,
    plan = excluded.plan,
    content = excluded.content,
    seen_by = excluded.seen_by;

-- name: drop_referrals
-- Of these referrals no step is left.
delete from referrals where facility_id = %(facility)s and code = any(%(codes)s);

-- name: referrals_by_code
-- Some referrals of a facility.
select facility_id, code, resident_id, alert_id, stage, hospital, began_at, requested_at, ended_at, due_at, looked_at, plan,
    content, seen_by, id
from referrals where facility_id = %(facility)s and code = any(%(codes)s);

-- name: referral_by_id
-- One referral.
select facility_id, code, resident_id, alert_id, stage, hospital, began_at, requested_at, ended_at, due_at, looked_at, plan,
    content, seen_by, id
from referrals where id = %(id)s;

-- name: referrals_of_alert
-- The referrals that come from an alert, the newest first.
select r.facility_id, r.code, r.resident_id, r.alert_id, r.stage, r.hospital, r.began_at, r.requested_at, r.ended_at,
    r.due_at, r.looked_at, r.plan, r.content, r.seen_by, r.id
from referrals r join alerts a on a.id = r.alert_id and a.facility_id = r.facility_id
where r.alert_id = %(alert)s
order by r.began_at desc, r.id desc;

-- name: referrals_of_resident
-- The referrals of a resident that have not ended, or not before a time; those on their way first.
select facility_id, code, resident_id, alert_id, stage, hospital, began_at, requested_at, ended_at, due_at, looked_at, plan,
    content, seen_by, id
from referrals
where resident_id = %(resident)s and (ended_at is null or ended_at >= %(since)s)
order by ended_at desc nulls first, began_at desc, id desc;

-- name: referrals_since
-- The referrals of a facility that have not ended, or not before a time.
select facility_id, code, resident_id, alert_id, stage, hospital, began_at, requested_at, ended_at, due_at, looked_at, plan,
    content, seen_by, id
from referrals
where facility_id = %(facility)s and (ended_at is null or ended_at >= %(since)s)
order by began_at desc, id desc
limit %(limit)s;

-- name: referrals_of_hospital
-- The referrals that a hospital is asked to take or has accepted, the longest due first, then those that ended not before
-- a time.
select facility_id, code, resident_id, alert_id, stage, hospital, began_at, requested_at, ended_at, due_at, looked_at, plan,
    content, seen_by, id
from referrals
where seen_by @> array[%(hospital)s::text] and (ended_at is null or ended_at >= %(since)s)
order by ended_at desc nulls first, due_at, id
limit %(limit)s;

-- name: referrals_of_homes
-- The referrals of a reader's facilities that have not ended, or not before a time; what is due first, first.
select r.facility_id, r.code, r.resident_id, r.alert_id, r.stage, r.hospital, r.began_at, r.requested_at, r.ended_at,
    r.due_at, r.looked_at, r.plan, r.content, r.seen_by, r.id
from referrals r
join facilities_now f on f.id = r.facility_id
where (r.ended_at is null or r.ended_at >= %(since)s) and (f.code = any(%(codes)s::text[])
    or exists (select from unnest(%(regions)s::text[]) prefix where starts_with(coalesce(f.region, ''), prefix)))
order by r.ended_at desc nulls first, r.due_at, r.id
limit %(limit)s;

-- name: place_of_referral
-- Whose referral it is, and which hospitals see it: none before it was requested, and none long after it ended.
select f.code, f.region, s.code, case when r.ended_at is null or r.ended_at >= %(since)s then r.seen_by else '{}' end
from referrals r
join facilities_now f on f.id = r.facility_id
left join residents s on s.id = r.resident_id
where r.id = %(id)s;

-- name: hospitals_of_alert
-- The hospitals that see the resident of an alert, since they are asked to take them.
select distinct unnest(r.seen_by) from alerts a join referrals r on r.resident_id = a.resident_id
where a.id = %(alert)s and (r.ended_at is null or r.ended_at >= %(since)s);

-- name: unended
-- Those of these who have a referral that has not ended, or who are no resident but a place.
select resident_id from referrals where resident_id = any(%(residents)s) and ended_at is null
union
select id from residents where id = any(%(residents)s) and kind <> 'resident';

-- name: due_referrals
-- Referrals whose clock may have run out, of each partition up to where it was looked at.
select f.code, f.partition::int, r.code, r.resident_id, r.due_at
from referrals r
join facilities f on f.id = r.facility_id
join unnest(%(partitions)s::int[], %(looked)s::timestamptz[]) v (partition, looked) on v.partition = f.partition
where r.due_at <= v.looked
order by r.due_at
limit %(limit)s;

-- name: hospitals_for
-- Whom to ask in which order: the paired hospital, then those of the same county, then of the same city, by code.
with home as (
    select region, hospital from facilities_now where id = %(facility)s
), known as (
    select distinct on (hospital) hospital, name, region from hospital_profiles order by hospital, recorded_at desc, valid_from desc
), places as (
    select k.hospital, k.name, case
        when k.hospital = h.hospital then 0
        when left(k.region, 6) = left(h.region, 6) then 1
        when left(k.region, 4) = left(h.region, 4) then 2 end as rank
    from known k cross join home h
    union all
    -- A paired hospital that is not registered is asked all the same.
    select h.hospital, h.hospital, 0 from home h where h.hospital is not null and not exists (
        select from known k where k.hospital = h.hospital
    )
)
select hospital, coalesce(nullif(name, ''), hospital) from places where rank is not null order by rank, hospital limit 12;

-- name: answered_at
-- Of these alerts those of a facility: whose each is, when somebody first did something about it, and whether it is over.
select a.id, a.resident_id, (select min(x.at) from alert_actions x where x.alert_id = a.id), a.condition_state = 'absent'
from alerts a where a.id = any(%(alerts)s) and a.facility_id = %(facility)s;
