-- name: add_asking
-- A hospital is asked for a bed; the same asking twice is one.
insert into referral_askings (facility_id, referral, hospital, asked_at)
values (%(facility)s, %(referral)s, %(hospital)s, %(at)s)
on conflict do nothing;

-- name: claim_askings
-- Askings that nobody has seen to yet; nobody waits for one.
with claimed as (
    update referral_askings a set told_at = %(now)s
    from (
        select facility_id, referral, hospital, asked_at from referral_askings where told_at is null
        order by asked_at limit %(limit)s
        for update skip locked
    ) untold
    where a.facility_id = untold.facility_id and a.referral = untold.referral and a.hospital = untold.hospital
        and a.asked_at = untold.asked_at
    returning a.facility_id, a.referral, a.hospital, a.asked_at
)
select c.facility_id, f.code, c.referral, c.hospital, c.asked_at, a.id, r.resident_id,
    r.ended_at is null and r.stage in ('requested', 'declined') and r.hospital is not distinct from c.hospital,
    coalesce((select h.name from hospital_profiles h where h.hospital = c.hospital order by h.recorded_at desc limit 1), c.hospital),
    (select h.phones from hospital_profiles h where h.hospital = c.hospital order by h.recorded_at desc limit 1)
from claimed c
join facilities f on f.id = c.facility_id
join referrals r on r.facility_id = c.facility_id and r.code = c.referral
left join alerts a on a.id = r.alert_id and a.facility_id = r.facility_id
order by c.asked_at, c.referral;
