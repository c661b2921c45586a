-- name: add_contacts
-- Facilities were in contact in these local hours; those that nobody knew of.
insert into contacts (facility_id, at, kind)
select f, a, k from unnest(%(facilities)s::int[], %(times)s::timestamptz[], %(kinds)s::smallint[]) v (f, a, k)
order by f, a, k
on conflict do nothing
returning facility_id, at, kind;

-- name: contacts_of
-- The contacts of a facility since a time, in order.
select at, kind from contacts where facility_id = %(facility)s and at >= %(since)s order by at, kind;
