-- name: lock_ledger
-- Every topic of these partitions, locked in one order for everybody.
select topic, partition, next_offset, seen_until, told_until, told_before from ledger
where cluster_id = %(cluster)s and consumer_group = %(group)s and partition = any(%(partitions)s)
order by partition, topic
for update;

-- name: read_ledger
-- The whole ledger of a group, without a lock.
select topic, partition, next_offset, seen_until, told_until, told_before from ledger
where cluster_id = %(cluster)s and consumer_group = %(group)s
order by partition, topic;

-- name: claim_ledger
-- Rows exist for these partitions; one that is there stays as it is.
insert into ledger (cluster_id, consumer_group, topic, partition, next_offset)
select %(cluster)s, %(group)s, t, p, o
from unnest(%(topics)s::text[], %(partitions)s::int[], %(offsets)s::bigint[]) v (t, p, o)
order by p, t
on conflict do nothing;

-- name: move_ledger
-- The next offsets are these; the caller holds the locks.
update ledger l set next_offset = v.o
from unnest(%(topics)s::text[], %(partitions)s::int[], %(offsets)s::bigint[]) v (t, p, o)
where l.cluster_id = %(cluster)s and l.consumer_group = %(group)s and l.topic = v.t and l.partition = v.p;

-- name: see_until
-- Everything sent before these times has been seen; a time never goes back.
update ledger l set seen_until = greatest(l.seen_until, v.s)
from unnest(%(topics)s::text[], %(partitions)s::int[], %(times)s::timestamptz[]) v (t, p, s)
where l.cluster_id = %(cluster)s and l.consumer_group = %(group)s and l.topic = v.t and l.partition = v.p;

-- name: note_told
-- People were told of what lies below and was sent before; an earlier setting back stays on record.
update ledger l set told_until = greatest(l.told_until, v.o), told_before = greatest(l.told_before, %(before)s)
from unnest(%(topics)s::text[], %(partitions)s::int[], %(offsets)s::bigint[]) v (t, p, o)
where l.cluster_id = %(cluster)s and l.consumer_group = %(group)s and l.topic = v.t and l.partition = v.p;

-- name: forget_told
-- Everything that was told of before has been read again.
update ledger l set told_until = 0, told_before = null
from unnest(%(topics)s::text[], %(partitions)s::int[]) v (t, p)
where l.cluster_id = %(cluster)s and l.consumer_group = %(group)s and l.topic = v.t and l.partition = v.p;
