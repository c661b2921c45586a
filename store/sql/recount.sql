-- name: settled_days
-- The days of a facility that time does not change any more and that nothing is marked from, the newest of them.
select min(day), max(day) from (
    select p.day from facility_parts p
    where p.facility_id = %(facility)s
        and p.day < (select max(day) - 1 from facility_parts q where q.facility_id = %(facility)s)
        and p.day < coalesce((select min(day) from stale_parts s where s.facility_id = %(facility)s), p.day + 1)
    order by p.day desc limit %(limit)s
) settled;

-- name: stored_parts
-- What is on record of some days of a facility.
select day, part, {columns} from facility_parts
where facility_id = %(facility)s and day between %(first)s and %(last)s
order by day, part;
