-- name: hold_freezes
-- Nobody else asks until the transaction ends.
select pg_advisory_xact_lock(hashtext('freezes'));

-- name: ask
-- Somebody asks for the next revision of a region and of what lies in it.
insert into freezes (region, day, asked_at, asked_by, login)
values (%(region)s, %(day)s, %(at)s, %(by)s, %(login)s);

-- name: latest
-- What somebody asked for last of a region and day.
select id, region, day, asked_at, asked_by, moved_at, regions, done, made, failed, ended_at
from freezes where region = %(region)s and day = %(day)s order by id desc limit 1;

-- name: going_on
-- What is still to be done, the oldest first.
select id, region, day, asked_at, asked_by, moved_at, regions, done, made, failed, ended_at
from freezes where ended_at is null order by id;

-- name: take
-- Nobody else works on it until this connection ends or gives it back.
select pg_try_advisory_lock(hashtext('freeze'), %(id)s::int);

-- name: give_back
-- Somebody else may work on it.
select pg_advisory_unlock(hashtext('freeze'), %(id)s::int);

-- name: begin
-- So many regions are to be come to, from the first on.
update freezes set regions = %(regions)s, done = 0, failed = 0, moved_at = %(at)s where id = %(id)s;

-- name: move
-- Another region was come to.
update freezes set done = done + 1, made = made + %(made)s, failed = failed + %(failed)s, moved_at = %(at)s
where id = %(id)s;

-- name: end
-- All of it was come to.
update freezes set ended_at = %(at)s where id = %(id)s;
