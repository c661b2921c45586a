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
    select r, g, d, case g when 'day' then d else d - 1 end as first_day, case g when 'day' then 0 else 1 end as first_part,
        case g when 'day' then 1 else 0 end as last_part
    from unnest(%(regions)s::text[], %(grains)s::text[], %(days)s::int[]) v (r, g, d)
), members as (
    select a.*, p.facility_id, p.parent, p.setting, p.is_over, true as has_last
    from asked a
    join facility_parts p on p.region = a.r and p.day = a.d and p.part = a.last_part
    union all
    -- It runs: the last part has not begun.
    select a.*, p.facility_id, p.parent, p.setting, false, false
    from asked a
    join facility_parts p on p.region = a.r and p.day = a.first_day and p.part = a.first_part
    where not exists (
        select from facility_parts q where q.facility_id = p.facility_id and q.day = a.d and q.part = a.last_part
    )
), whole as (
    select m.r, m.g, m.d, m.facility_id, min(m.parent) as parent, min(m.setting) as setting, bool_and(m.is_over) as is_over,
        {combined}
    from members m
    cross join lateral (
        values (m.first_day, m.first_part, not m.has_last), (m.d, m.last_part, m.has_last)
    ) v (day, part, is_last)
    join facility_parts p on p.facility_id = m.facility_id and p.day = v.day and p.part = v.part
    group by m.r, m.g, m.d, m.facility_id
)
select r, g, d, setting, min(parent), count(*) filter (where not is_over), {sums}
from whole
group by r, g, d, setting;

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
-- The figures of each facility that counts directly in some regions, over the parts of a day or a period.
with bounds as (
    select case %(grain)s when 'day' then %(day)s else %(day)s - 1 end as first_day,
        case %(grain)s when 'day' then 0 else 1 end as first_part, case %(grain)s when 'day' then 1 else 0 end as last_part
), members as (
    select distinct p.facility_id from bounds b
    join facility_parts p on p.region = any(%(regions)s) and p.day between b.first_day and %(day)s
), whole as (
    select p.facility_id, (array_agg(p.region order by v.is_last desc))[1] as region,
        (array_agg(p.setting order by v.is_last desc))[1] as setting,
        bool_or(v.is_last and p.is_over) as is_over, {combined}
    from members m
    cross join bounds b
    cross join lateral (
        select b.first_day, b.first_part, not exists (
            select from facility_parts q
            where q.facility_id = m.facility_id and q.day = %(day)s and q.part = b.last_part
        )
        union all select %(day)s, b.last_part, true
    ) v (day, part, is_last)
    join facility_parts p on p.facility_id = m.facility_id and p.day = v.day and p.part = v.part
    group by p.facility_id
)
select f.code, w.setting, w.is_over, (
    select name from facility_profiles n where n.facility_id = f.id order by recorded_at desc limit 1
), {values}
from whole w
join facilities f on f.id = w.facility_id
where w.region = any(%(regions)s)
order by f.code;
