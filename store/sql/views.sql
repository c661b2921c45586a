-- name: lock_head
-- Where the chain ends; the next one to tie on waits.
select id, hash from view_head for update;

-- name: head
-- Where the chain ends.
select id, hash from view_head;

-- name: add_view
-- Somebody has looked.
insert into views (id, at, account_id, login, role, page, subjects, hash)
values (%(id)s, %(at)s, %(account)s, %(login)s, %(role)s, %(page)s, %(subjects)s, %(hash)s);

-- name: move_head
-- The chain ends here now.
update view_head set id = %(id)s, hash = %(hash)s;

-- name: views_after
-- Rows in the order of the chain.
select id, at, account_id, login, role, page, subjects, hash from views where id > %(after)s order by id limit %(limit)s;

-- name: views_of
-- The newest rows of an account, of a subject, or of both.
select id, at, account_id, login, role, page, subjects, hash from views
where (%(login)s::text is null or login = %(login)s) and (cardinality(%(subjects)s::text[]) = 0 or subjects && %(subjects)s)
order by id desc limit %(limit)s;
