-- name: add_facilities
-- Unknown codes become provisional facilities, in the order of their codes: nobody waits in a circle.
insert into facilities (code)
select c from unnest(%(codes)s::text[]) c
where not exists (select from facilities f where f.code = c)
order by c
on conflict do nothing;

-- name: lock_facilities
-- These facilities, locked in the order of their codes and one version further.
update facilities f set version = f.version + 1
from (select id from facilities where code = any(%(codes)s) order by code for no key update) locked
where f.id = locked.id
returning f.code, f.id, f.version, f.provisional, f.due_at, f.refold_from, f.last_seen_at,
    f.outages_known;

-- name: find_facility
-- One facility by its code, without a lock.
select code, id, version, provisional, due_at, refold_from, last_seen_at, outages_known from facilities where code = %(code)s;

-- name: all_codes
-- Every registered facility.
select code from facilities where not provisional order by code;

-- name: facility_codes
-- The code of each facility asked for.
select id, code from facilities where id = any(%(ids)s);

-- name: residents_of
-- The residents with these codes.
select r.facility_id, r.code, r.id from residents r
join unnest(%(facilities)s::int[], %(codes)s::text[]) k (f, c) on r.facility_id = k.f and r.code = k.c
where r.kind = 'resident';

-- name: add_residents
-- Unknown codes become provisional residents; the caller has locked their facilities.
insert into residents (facility_id, code)
select f, c from unnest(%(facilities)s::int[], %(codes)s::text[]) k (f, c)
order by f, c
on conflict do nothing
returning facility_id, code, id;

-- name: list_residents
-- Everybody known in a facility.
select id, code, provisional from residents where facility_id = %(facility)s and kind = 'resident' order by code;

-- name: subjects
-- Whom alerts of a facility may be about: residents, units, the facility itself.
select id, kind, code from residents where facility_id = %(facility)s;

-- name: seen
-- These facilities were heard of at these times.
update facilities f set
    first_seen_at = least(f.first_seen_at, v.at),
    last_seen_at = greatest(f.last_seen_at, v.at)
from unnest(%(ids)s::int[], %(times)s::timestamptz[]) v (id, at)
where f.id = v.id;

-- name: judge_again
-- Facilities are judged again from a time; null: from their first check.
update facilities f set due_at = least(f.due_at, %(now)s),
    refold_from = least(f.refold_from, coalesce(v.since, f.first_seen_at, 'epoch'))
from unnest(%(ids)s::int[], %(sinces)s::timestamptz[]) v (id, since)
where f.id = v.id;
