-- name: add_sight
-- Somebody of a hospital looks at a resident, for a reason.
insert into emergency_sights (login, name, hospital, facility_id, resident_id, reason, at, until)
values (%(login)s, %(name)s, %(hospital)s, %(facility_id)s, %(resident_id)s, %(reason)s, %(at)s, %(until)s)
returning id;

-- name: sight
-- One sight.
select s.id, s.login, s.name, s.hospital, f.code, f.region, s.resident_id, r.code, s.reason, s.at, s.until
from emergency_sights s
join facilities_now f on f.id = s.facility_id
join residents r on r.id = s.resident_id
where s.id = %(id)s;
