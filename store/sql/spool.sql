-- name: add_to_spool
-- Accepted messages are kept until a worker has stored them; their numbers in order.
insert into spool (topic, key, value)
select t, k, v
from unnest(%(topics)s::text[], %(keys)s::text[], %(values)s::bytea[]) with ordinality m (t, k, v, n)
order by n
returning seq;

-- name: remove_from_spool
-- These messages are stored, or known to be impossible to store.
delete from spool where seq = any(%(seqs)s);

-- name: mark_published
-- A broker has acknowledged these messages.
update spool set published_cluster = %(cluster)s where seq = any(%(seqs)s);

-- name: unpublished
-- Messages this broker has never acknowledged, the oldest first.
select seq, topic, key, value, created_at from spool
where published_cluster is distinct from %(cluster)s and created_at < now() - %(age)s * interval '1 millisecond'
order by seq
limit %(limit)s;

-- name: older_than
-- Messages that wait to be stored for longer than an age, the oldest first.
select seq, topic, key, value, created_at from spool
where created_at < now() - %(age)s * interval '1 millisecond'
order by seq
limit %(limit)s;

-- name: count_spool
-- How many accepted messages are not stored yet, and since when.
select count(*), min(created_at) from spool;
