-- name: open_session
-- Somebody is signed in, or on the way.
insert into sessions (hash, account_id, proven, created_at, seen_at)
values (%(hash)s, %(account)s, %(proven)s, %(at)s, %(at)s);

-- name: find_session
-- Whose session it is, unless the account was disabled.
select s.account_id, s.proven, s.created_at, s.seen_at from sessions s join accounts a on a.id = s.account_id
where s.hash = %(hash)s and a.disabled_at is null;

-- name: seen
-- Somebody is still there.
update sessions set seen_at = %(at)s where hash = %(hash)s and seen_at < %(at)s;

-- name: close_session
-- Signed out.
delete from sessions where hash = %(hash)s;

-- name: close_all
-- Signed out everywhere.
delete from sessions where account_id = %(account)s;

-- name: close_old
-- Whoever has long gone is signed out.
delete from sessions where created_at < %(before)s;

-- name: add_link
-- One link of an account is good; another that was made before is not any more.
with gone as (delete from sign_in_links where account_id = %(account)s)
insert into sign_in_links (hash, account_id, expires_at) values (%(hash)s, %(account)s, %(expires)s);

-- name: use_link
-- Whose link it is; it is used up.
delete from sign_in_links l using accounts a
where l.hash = %(hash)s and l.expires_at > %(at)s and a.id = l.account_id and a.disabled_at is null
returning l.account_id;

-- name: hold_subjects
-- Tries of the same subject are one after the other.
select pg_advisory_xact_lock(hashtextextended(subject, 120)) from unnest(%(subjects)s::text[]) subject order by subject;

-- name: tries
-- How often each subject was tried since a time, and when last.
select subject, count(*), max(at) from sign_in_tries
where subject = any(%(subjects)s) and at > %(since)s group by subject;

-- name: add_tries
-- A try is under way.
insert into sign_in_tries (subject, at) select subject, %(at)s from unnest(%(subjects)s::text[]) subject;

-- name: clear_tries
-- It was the right person.
delete from sign_in_tries where subject = any(%(subjects)s);

-- name: take_back_try
-- It was the right person: the newest try of this subject does not count.
delete from sign_in_tries where id = (select max(id) from sign_in_tries where subject = %(subject)s);

-- name: forget_tries
-- What is long past slows nobody down.
delete from sign_in_tries where at < %(before)s;
