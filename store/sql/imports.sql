-- name: make_in_file
-- What an import has met, on this connection alone.
create temporary table if not exists in_file (
    what text not null, first text not null, second text not null, at timestamptz,
    unique nulls not distinct (what, first, second, at)
);

-- name: empty_in_file
-- Nothing has been met.
truncate in_file;

-- name: meet
-- Those that had not been met before.
insert into in_file
select %(what)s, f, s, at from unnest(%(first)s::text[], %(second)s::text[], %(at)s::timestamptz[]) v (f, s, at)
on conflict do nothing
returning first, second, at;

-- name: absent_facilities
-- Registered facilities that the file does not name.
select f.code, '' from facilities f
where not f.provisional and not exists (select from in_file i where i.what = 'facilities' and i.first = f.code)
order by 1;

-- name: absent_residents
-- Who is registered and has not left a facility that the file names, but is not in it.
select f.code, r.code from facilities f
join residents r on r.facility_id = f.id and not r.provisional and r.kind = 'resident'
left join lateral (
    select left_on from resident_profiles p where p.resident_id = r.id order by recorded_at desc, valid_from desc limit 1
) p on true
where f.code in (select first from in_file where what = 'residents') and p.left_on is null
    and not exists (select from in_file i where i.what = 'residents' and i.first = f.code and i.second = r.code)
order by 1, 2;

-- name: absent_units
-- Units of facilities that the file names, but are not in it.
select distinct f.code, p.unit from facilities f join unit_profiles p on p.facility_id = f.id
where f.code in (select first from in_file where what = 'units')
    and not exists (select from in_file i where i.what = 'units' and i.first = f.code and i.second = p.unit)
order by 1, 2;

-- name: absent_staff
-- Staff of facilities that the file names, who have not left and are not in it.
select f.code, p.staff from facilities f
join (
    select distinct on (facility_id, staff) facility_id, staff, left_on from staff_profiles
    order by facility_id, staff, recorded_at desc, valid_from desc
) p on p.facility_id = f.id
where f.code in (select first from in_file where what = 'staff') and p.left_on is null
    and not exists (select from in_file i where i.what = 'staff' and i.first = f.code and i.second = p.staff)
order by 1, 2;

-- name: absent_hospitals
-- Hospitals that the file does not name.
select distinct p.hospital, '' from hospital_profiles p
where not exists (select from in_file i where i.what = 'hospitals' and i.first = p.hospital)
order by 1;
