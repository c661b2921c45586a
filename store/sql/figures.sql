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

-- name: give_room
-- Sums of many regions are made in memory; only one transaction makes sums.
set local work_mem = '256MB';

-- name: sum_leaves
-- Regions that facilities lie in: each facility counts once, where its last part (l) of the day or period counts, with the
-- earlier one (e). Of what runs the last part may not have begun: then the first one is the last.
insert into region_figures (region, grain, day, setting, parent, running, {columns})
with asked as (
    select r, g, d, v.* from unnest(%(regions)s::text[], %(grains)s::text[], %(days)s::int[]) a (r, g, d)
    cross join lateral (
        select d - (g = 'period')::int as first_day, (g = 'period')::int as first_part, (g = 'day')::int as last_part
    ) v
), chosen as (
    select r, g, d, d as day, last_part as part, first_day as other_day, first_part as other_part, true as is_last from asked
    union all
    select r, g, d, first_day, first_part, d, last_part, false from asked
)
select c.r, c.g, c.d, l.setting, min(l.parent), count(*) filter (where not (c.is_last and l.is_over)), {sums}
from chosen c
join facility_parts l on l.region = c.r and l.day = c.day and l.part = c.part
-- The limit keeps Postgres from reading every day of the facility.
left join lateral (
    select * from facility_parts
    where facility_id = l.facility_id and day = c.other_day and part = c.other_part limit 1
) e on true
where c.is_last or e.facility_id is null
group by c.r, c.g, c.d, l.setting;

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

-- name: figures_of_tree
-- The sums of a region and of all that lies in it, on one day.
with recursive inside (region) as (
    select %(region)s::text
    union
    select f.region from region_figures f join inside i on f.parent = i.region
    where f.grain = %(grain)s and f.day = %(day)s
)
select f.region, f.grain, f.day, f.setting, f.parent, f.running, {columns}
from region_figures f join inside i on i.region = f.region
where f.grain = %(grain)s and f.day = %(day)s
order by f.region, f.setting;

-- name: hold_still
-- What is read in this transaction is as of one moment.
set transaction isolation level repeatable read, read only;

-- name: facility_figures
-- The figures of each facility that counts directly in some regions, over the parts of a day or a period, as above.
with asked as (
    select g, d, d - (g = 'period')::int as first_day, (g = 'period')::int as first_part, (g = 'day')::int as last_part
    from (values (%(grain)s, %(day)s::int)) v (g, d)
), chosen as (
    select d as day, last_part as part, first_day as other_day, first_part as other_part, true as is_last from asked
    union all
    select first_day, first_part, d, last_part, false from asked
)
select f.code, l.setting, c.is_last and l.is_over, f.name, {combined}
from chosen c
join facility_parts l on l.region = any(%(regions)s) and l.day = c.day and l.part = c.part
-- The limit keeps Postgres from reading every day of the facility.
left join lateral (
    select * from facility_parts
    where facility_id = l.facility_id and day = c.other_day and part = c.other_part limit 1
) e on true
join facilities_now f on f.id = l.facility_id
where c.is_last or e.facility_id is null
order by f.code;

-- name: name_regions
-- These regions are called so; what is called so already is not written.
insert into region_names as n (region, name)
select * from unnest(%(regions)s::text[], %(names)s::text[])
on conflict (region) do update set name = excluded.name where n.name <> excluded.name;
