-- name: home_of
-- Where the findings of a region live, and the region as their subject.
select f.code, f.id, r.id from facilities f
join residents r on r.facility_id = f.id and r.kind = 'region' and r.code = f.region
where f.region = %(region)s;

-- name: add_home
-- The region has a home for its findings. A facility that is called so keeps its name.
insert into facilities (code, region) values (%(code)s, %(region)s) on conflict do nothing;

-- name: drop_days
-- Nothing is known of these days of a region.
delete from region_days where region = %(region)s and day between %(first)s and %(last)s;

-- name: drop_region
-- Nothing is counted under this code.
delete from region_days where region = %(region)s;

-- name: add_days
-- What a region reported, by day.
insert into region_days (region, day, cases, residents, tests, positives)
select %(region)s, * from unnest(
    %(days)s::int[], %(cases)s::int[], %(residents)s::int[], %(tests)s::int[], %(positives)s::int[]
);

-- name: days_of
-- What regions reported together, by day; a day on which less than half of them were heard of enough has no cases.
select day, case when 2 * count(cases) >= count(*) then sum(cases)::int end, sum(residents)::int, sum(tests)::int, sum(positives)::int from region_days
where region = any(%(regions)s) and day between %(first)s and %(last)s
group by day
order by day;

-- name: most_cases
-- The facilities with new cases in some regions, by day.
select c.day, f.code, c.cases from case_days c
join facilities_now f on f.id = c.facility_id and f.region = any(%(regions)s) and not f.drill
where c.day between %(first)s and %(last)s;

-- name: mark_city
-- A county of this city has been judged.
insert into city_states (region, is_dirty) values (%(region)s, true)
on conflict (region) do update set is_dirty = true;

-- name: dirty_cities
-- Cities whose counties have been judged since they were.
select region from city_states where is_dirty order by region;

-- name: take_city
-- The city is judged with all that was judged of its counties before now; who judges a county meanwhile waits.
update city_states set is_dirty = false where region = %(region)s and is_dirty returning judged_until;

-- name: city_state
-- How far a city has been judged, and whether one of its counties has been since.
select judged_until, is_dirty from city_states where region = %(region)s;

-- name: city_judged
-- The city is judged up to a day.
update city_states set judged_until = %(until)s where region = %(region)s;
