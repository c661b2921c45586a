-- name: desks
-- The desks that answer for these facilities or regions, each with all that it answers for.
select d.id, d.code, d.name, d.zone,
    array_agg(s.region_prefix order by s.facility, s.region_prefix),
    array_agg(s.facility order by s.facility, s.region_prefix)
from desks d join desk_scopes s on s.desk_id = d.id
where d.id in (
    select desk_id from desk_scopes
    where facility = any(%(facilities)s)
        or facility is null and exists (
            select from unnest(%(regions)s::text[]) r where starts_with(r, coalesce(region_prefix, ''))
        )
)
group by d.id
order by d.code;

-- name: of_hospital
-- The desks of a hospital.
select d.id, d.code, d.name, d.zone from desks d join hospital_desks h on h.desk_id = d.id
where h.hospital = %(hospital)s
order by d.code;

-- name: people
-- Everybody who may be on duty at these desks.
select id, code, name, ways from duty_people
where id in (
    select person_id from shifts where desk_id = any(%(desks)s)
    union select in_id from swaps where desk_id = any(%(desks)s)
);

-- name: shifts
-- Every shift of these desks.
select desk_id, role, person_id, days, begins, ends, valid_from, valid_until from shifts
where desk_id = any(%(desks)s)
order by desk_id, role, begins, person_id;

-- name: holidays
-- Days off, and weekend days on which people work.
select region_prefix, day, works from holidays;

-- name: swaps
-- Swaps of these desks that are not over, the last agreed first.
select desk_id, out_id, in_id, starts_at, ends_at from swaps
where desk_id = any(%(desks)s) and ends_at > %(now)s
order by id desc;

-- name: desk_codes
-- Every desk by its code.
select code, id from desks;

-- name: people_codes
-- Everybody who may be on duty, by their code.
select code, id from duty_people;

-- name: save_desk
-- A desk by its code.
insert into desks (code, name, zone) values (%(code)s, %(name)s, %(zone)s)
on conflict (code) do update set name = excluded.name, zone = excluded.zone
returning id;

-- name: keep_desks
-- No other desk exists any more; its shifts go with it.
delete from desks where not code = any(%(codes)s);

-- name: clear_scopes
-- Nothing is said of what desks answer for.
delete from desk_scopes;

-- name: clear_hospitals
-- No desk answers for a hospital.
delete from hospital_desks;

-- name: add_hospital
-- A desk answers for a hospital.
insert into hospital_desks (desk_id, hospital) values (%(desk_id)s, %(hospital)s)
on conflict do nothing;

-- name: add_scope
-- A desk answers for a facility or a region.
insert into desk_scopes (desk_id, region_prefix, facility) values (%(desk_id)s, %(region)s, %(facility)s)
on conflict do nothing;

-- name: save_person
-- Somebody who may be on duty, by their code.
insert into duty_people (code, name, ways) values (%(code)s, %(name)s, %(ways)s)
on conflict (code) do update set name = excluded.name, ways = excluded.ways
returning id;

-- name: keep_people
-- Nobody else may be on duty any more.
delete from duty_people where not code = any(%(codes)s);

-- name: clear_shifts
-- No shift.
delete from shifts;

-- name: add_shift
-- Somebody is on duty at a desk in a role.
insert into shifts (desk_id, role, person_id, days, begins, ends, valid_from, valid_until)
values (%(desk_id)s, %(role)s, %(person_id)s, %(days)s, %(begins)s, %(ends)s, %(valid_from)s, %(valid_until)s)
on conflict do nothing;

-- name: clear_holidays
-- No holiday.
delete from holidays;

-- name: add_holiday
-- A day off, or a weekend day on which people work.
insert into holidays (region_prefix, day, works) values (%(region)s, %(day)s, %(works)s)
on conflict (region_prefix, day) do update set works = excluded.works;

-- name: add_swap
-- Somebody stands in for somebody else at a desk.
insert into swaps (desk_id, out_id, in_id, starts_at, ends_at, agreed_by)
values (%(desk_id)s, %(out_id)s, %(in_id)s, %(starts_at)s, %(ends_at)s, %(agreed_by)s)
on conflict do nothing;
