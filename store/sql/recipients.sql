-- name: add_recipient
-- Somebody is told of alerts in a region, in a facility, or everywhere.
insert into recipients (region_prefix, facility_id, channel, address, severity)
values (%(region)s, %(facility_id)s, %(channel)s, %(address)s, %(severity)s)
on conflict on constraint one_recipient_per_scope do update set severity = excluded.severity
returning id;

-- name: keep_recipients
-- Nobody but these is told any more.
delete from recipients where not id = any(%(ids)s);

-- name: recipients
-- Who is told, until rosters exist.
select r.id, r.region_prefix, r.facility_id, r.channel, r.address, r.severity from recipients r order by r.id;
