-- name: looked_until
-- How far due times of a facility were judged.
select looked_until from facilities where id = %(facility)s;

-- name: people
-- Everybody of a facility, and since when they are known; its units that had a case, and the facility itself.
select id, code, known_from, (select max(at) from moves m where m.resident_id = residents.id), kind
from residents where facility_id = %(facility)s order by id;

-- name: add_places
-- Units or the facility itself become subjects. No checks are due of them: a worker that knows no kinds expects none.
insert into residents (facility_id, kind, code, provisional, known_from)
select %(facility)s, k, c, false, '2100-01-01' from unnest(%(kinds)s::text[], %(codes)s::text[]) v (k, c)
on conflict do nothing;

-- name: set_states
-- How far facilities were judged, when the next sweep looks at them, and where their checks travel.
update facilities f set due_at = v.due, looked_until = greatest(f.looked_until, v.looked), partition = v.part,
    refold_from = null, watched = true, outages_known = v.outages
from unnest(%(ids)s::int[], %(dues)s::timestamptz[], %(looked)s::timestamptz[], %(parts)s::smallint[],
    %(outages)s::int[]) v (id, due, looked, part, outages)
where f.id = v.id;

-- name: due
-- Facilities of these partitions whose time has come, the longest overdue first; no lock.
select code, partition from facilities
where partition = any(%(partitions)s) and due_at <= %(now)s
order by due_at
limit %(limit)s;

-- name: put_off
-- A facility is looked at later: what is due there could not be judged.
update facilities set due_at = %(until)s where code = %(code)s;

-- name: not_watched
-- Facilities that nobody looks at yet: registered a moment ago, or known since before facilities were watched.
select code from facilities where not watched and region is null order by code limit %(limit)s;
