-- name: add_token
-- A facility or one of its devices may send.
insert into tokens (facility_id, device, label, hash) values (%(facility)s, %(device)s, %(label)s, %(hash)s)
returning id;

-- name: find_token
-- Whose a token is, unless it was revoked.
select t.id, t.facility_id, f.code, t.device from tokens t
join facilities f on f.id = t.facility_id
where t.hash = %(hash)s and t.revoked_at is null;

-- name: revoke_token
-- A token is good no more.
update tokens set revoked_at = now() where id = %(id)s and revoked_at is null;

-- name: forget_token
-- A token that was made for one errand is gone with it.
delete from tokens where id = %(id)s;

-- name: tokens_of
-- The tokens of a facility, without their secrets.
select id, device, label, created_at, revoked_at from tokens where facility_id = %(facility)s order by id;
