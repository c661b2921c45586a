-- name: add_account
-- Somebody may sign in; nothing when the login is taken.
insert into accounts (login, name, role, rights, desk, facility, hospital, region_prefix, password_hash, password_is_given)
values (%(login)s, %(name)s, %(role)s, %(rights)s, %(desk)s, %(facility)s, %(hospital)s, %(region)s, %(hash)s, %(given)s)
on conflict (login) do nothing
returning id;

-- name: accounts
-- Every account, or one by its login, with what its desk answers for.
select a.id, a.login, a.name, a.role, a.rights, a.desk, a.facility, a.hospital, a.region_prefix, a.password_hash,
    a.password_is_given, a.factor_secret, a.factor_step, cardinality(a.recovery), a.created_at, a.disabled_at,
    coalesce((select array_agg(s.region_prefix) from desk_scopes s join desks d on d.id = s.desk_id
        where d.code = a.desk and s.region_prefix is not null), '{}'),
    coalesce((select array_agg(s.facility) from desk_scopes s join desks d on d.id = s.desk_id
        where d.code = a.desk and s.facility is not null), '{}'),
    (select max(seen_at) from sessions s where s.account_id = a.id)
from accounts a
where (%(login)s::text is null or a.login = %(login)s) and (%(id)s::int is null or a.id = %(id)s)
order by a.login;

-- name: change_account
-- Whose it is, what it is for and what it may do, said anew.
update accounts set name = %(name)s, rights = %(rights)s, desk = %(desk)s, facility = %(facility)s,
    hospital = %(hospital)s, region_prefix = %(region)s
where id = %(id)s;

-- name: set_password
-- Another password; whoever was signed in with the old one is not any more.
with gone as (delete from sessions where account_id = %(id)s and hash <> %(but)s)
update accounts set password_hash = %(hash)s, password_is_given = %(given)s where id = %(id)s;

-- name: rehash_password
-- The same password, as it is kept now.
update accounts set password_hash = %(hash)s where id = %(id)s;

-- name: set_factor
-- The telephone that gives the codes, and the codes for when it is lost.
update accounts set factor_secret = %(secret)s, factor_step = %(step)s, recovery = %(recovery)s where id = %(id)s;

-- name: seal_factor
-- The same telephone, its secret kept under a key.
update accounts set factor_secret = %(secret)s where id = %(id)s;

-- name: use_step
-- A code was taken: it and those before it are good no more.
update accounts set factor_step = %(step)s where id = %(id)s and factor_step < %(step)s;

-- name: use_recovery
-- A recovery code was taken.
update accounts set recovery = array_remove(recovery, %(hash)s) where id = %(id)s and %(hash)s = any(recovery);

-- name: disable
-- Nobody signs in with it, or they do again; whoever was signed in is not any more.
with gone as (delete from sessions where account_id = %(id)s)
update accounts set disabled_at = %(at)s where id = %(id)s;

-- name: known_scope
-- Whether there is such a desk, facility and hospital.
select exists (select from desks where code = %(desk)s), exists (select from facilities where code = %(facility)s),
    exists (select from hospital_profiles where hospital = %(hospital)s);

-- name: count_accounts
-- How many may sign in.
select count(*) from accounts where disabled_at is null;
