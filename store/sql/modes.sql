-- name: modes_of
-- What was decided for a region and those it lies in, in the order in which it counts.
select region, mode, valid_from, notice, decided_by, recorded_at from region_modes
where starts_with(%(region)s, region) order by valid_from, id;

-- name: modes
-- Every decision.
select region, mode, valid_from, notice, decided_by, recorded_at from region_modes order by region, valid_from, id;

-- name: decide
-- A mode counts from a time on, never before now.
insert into region_modes (region, mode, valid_from, notice, decided_by)
values (%(region)s, %(mode)s, greatest(%(valid_from)s, date_trunc('milliseconds', clock_timestamp())),
    %(notice)s, %(decided_by)s)
returning region, mode, valid_from, notice, decided_by, recorded_at;
