-- name: share
-- Nobody activates anything while this transaction runs.
select pg_advisory_xact_lock_shared(%(lock)s);

-- name: hold
-- Nobody judges anything while this transaction runs.
select pg_advisory_xact_lock(%(lock)s);

-- name: heads
-- Every rule set ever in force, without its text, by region and beginning.
select id, region, version, effective_from, digest from rule_sets where not shadow order by region, effective_from, id;

-- name: content
-- The text of a rule set.
select content from rule_sets where digest = %(digest)s limit 1;

-- name: rule_sets
-- Every rule set on record, by region and beginning.
select id, region, version, effective_from, digest, content, activated_at, activated_by, reason, shadow, ended_at
from rule_sets order by region, effective_from, id;

-- name: activate
-- A rule set counts from a time on, never before now; the nation's first counts from ever. A shadow may look back.
insert into rule_sets (region, version, effective_from, content, activated_by, reason, shadow)
values (
    %(region)s, %(version)s,
    case when %(shadow)s then %(effective_from)s
        when exists (select from rule_sets where region = '' and not shadow) then greatest(%(effective_from)s, date_trunc('milliseconds', clock_timestamp()))
        else 'epoch' end,
    %(content)s, %(activated_by)s, %(reason)s, %(shadow)s
)
returning id, region, version, effective_from, digest, content, activated_at, activated_by, reason, shadow, ended_at;

-- name: end_shadow
-- Nothing runs in the shadow of a region's rules any more, and why.
update rule_sets set ended_at = now(), ended_by = %(by)s, ended_because = %(reason)s
where region = %(region)s and shadow and ended_at is null;

-- name: concerned
-- How many facilities and residents lie in a region, by the last that is known of each.
select count(*), coalesce(sum((select count(*) from residents r where r.facility_id = f.id and r.kind = 'resident')), 0)::bigint
from facilities_now f
where f.itself is null and (%(region)s = '' or starts_with(f.region, %(region)s));

-- name: judge_again
-- The facilities of a region are loaded anew, and judged again from a time; locked in the order of their codes.
update facilities f set version = f.version + 1, due_at = least(f.due_at, %(since)s),
    refold_from = least(f.refold_from, %(since)s)
from (
    select id from facilities
    where region is null and (%(region)s = '' or exists (
        select from facility_profiles p where p.facility_id = facilities.id and starts_with(p.region, %(region)s)
    ))
    order by code for no key update
) locked
where f.id = locked.id;
