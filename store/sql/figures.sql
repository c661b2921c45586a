-- name: claim_sums
-- Nobody else makes sums until the transaction ends.
select pg_try_advisory_xact_lock(hashtext('region_figures'));

-- name: take_stale_regions
-- Regions and days whose parts have changed: a part counts in its day, and the second one in the period of the day after.
with chosen as (
    select region, day from stale_regions group by region, day order by day desc, region limit %(limit)s
), taken as (
    delete from stale_regions s using chosen c where s.region = c.region and s.day = c.day
)
select region, 'day', day from chosen
union
select region, 'period', day + n from chosen, generate_series(0, 1) n;

-- name: drop_sums
-- Nothing is known of these regions and days.
delete from region_figures f
using unnest(%(regions)s::text[], %(grains)s::text[], %(days)s::int[]) v (r, g, d)
where f.region = v.r and f.grain = v.g and f.day = v.d;

-- name: sum_leaves
-- Regions that facilities lie in: each facility counts once, where its last part of the day or period counts.
insert into region_figures (region, grain, day, setting, parent, running, {columns})
with asked as (
    select r, g, d from unnest(%(regions)s::text[], %(grains)s::text[], %(days)s::int[]) v (r, g, d)
), members as (
    -- The last part says where; of a period that runs, or of a day before its cut-off, that is the last one begun.
    select a.r as region, a.g as grain, a.d as day, p.facility_id, p.parent, p.setting,
        p.is_over and p.part = case a.g when 'day' then 1 else 0 end as is_over
    from asked a
    join facility_parts p on p.region = a.r
        and (a.g = 'day' and p.day = a.d or a.g = 'period' and (p.day = a.d and p.part = 0 or p.day = a.d - 1 and p.part = 1))
    where not exists (
        select from facility_parts q
        where q.facility_id = p.facility_id and (q.day, q.part) > (p.day, p.part)
            and (a.g = 'day' and q.day = a.d or a.g = 'period' and q.day = a.d and q.part = 0)
    )
), whole as (
    select m.region, m.grain, m.day, m.facility_id, m.parent, m.setting, m.is_over, {combined}
    from members m
    join facility_parts p on p.facility_id = m.facility_id
        and (m.grain = 'day' and p.day = m.day
            or m.grain = 'period' and (p.day = m.day and p.part = 0 or p.day = m.day - 1 and p.part = 1))
    group by m.region, m.grain, m.day, m.facility_id, m.parent, m.setting, m.is_over
)
select region, grain, day, setting, min(parent), count(*) filter (where not is_over), {sums}
from whole
group by region, grain, day, setting;

-- name: add_sums
-- Regions above: the sum of what lies directly in them.
insert into region_figures (region, grain, day, setting, parent, running, {columns})
select v.r, v.g, v.d, f.setting, v.p, sum(f.running), {totals}
from unnest(%(regions)s::text[], %(grains)s::text[], %(days)s::int[], %(parents)s::text[]) v (r, g, d, p)
join region_figures f on f.parent = v.r and f.grain = v.g and f.day = v.d
group by v.r, v.g, v.d, f.setting, v.p;

-- name: figures
-- The sums of a region, by day and setting.
select region, grain, day, setting, parent, running, {columns}
from region_figures
where region = %(region)s and grain = %(grain)s and day between %(first)s and %(last)s
order by day, setting;

-- name: figures_below
-- The sums of what lies directly in a region.
select region, grain, day, setting, parent, running, {columns}
from region_figures
where parent = %(region)s and grain = %(grain)s and day between %(first)s and %(last)s
order by day, region, setting;

-- name: facility_figures
-- The figures of each facility that counts directly in a region, over the parts of a day or a period.
select f.code, m.setting, m.is_over, m.name, {values}
from (
    select p.facility_id, bool_and(p.is_over) and count(*) = 2 as is_over,
        (array_agg(p.region order by p.day desc, p.part desc))[1] as region,
        (array_agg(p.setting order by p.day desc, p.part desc))[1] as setting, max(n.name) as name, {combined}
    from facility_parts p
    left join lateral (
        select name from facility_profiles where facility_id = p.facility_id order by recorded_at desc limit 1
    ) n on true
    where p.facility_id in (
            select facility_id from facility_parts where region = any(%(regions)s) and day between %(day)s - 1 and %(day)s
        )
        and (%(grain)s = 'day' and p.day = %(day)s
            or %(grain)s = 'period' and (p.day = %(day)s and p.part = 0 or p.day = %(day)s - 1 and p.part = 1))
    group by p.facility_id
) m
join facilities f on f.id = m.facility_id
where m.region = any(%(regions)s)
order by f.code;
