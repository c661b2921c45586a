-- name: add_rejection
-- What was not taken is kept, raw, with its reason; read twice it is kept once.
insert into rejections (
    fate, cluster_id, topic, partition, kafka_offset, item, facility, reason_zh, reason_en, raw
) values (
    %(fate)s, %(cluster_id)s, %(topic)s, %(partition)s, %(kafka_offset)s, %(item)s, %(facility)s,
    %(reason_zh)s, %(reason_en)s, %(raw)s
) on conflict do nothing;

-- name: rejections_of
-- What was not taken of a facility's since a time, the newest first.
select id, recorded_at, requeued_at, fate, cluster_id, topic, partition, kafka_offset, item, facility,
    reason_zh, reason_en, raw
from rejections
where facility = %(facility)s and recorded_at >= %(since)s
order by id desc
limit %(limit)s;

-- name: rejections_to_requeue
-- What may be understood by now, in order.
select id, recorded_at, requeued_at, fate, cluster_id, topic, partition, kafka_offset, item, facility,
    reason_zh, reason_en, raw
from rejections
where fate = %(fate)s and requeued_at is null and id > %(after)s
order by id
limit %(limit)s;

-- name: rejections_requeued
-- These were fed again.
update rejections set requeued_at = now() where id = any(%(ids)s);

-- name: add_defect
-- Something failed by our own fault; the rest went on.
insert into defects (at, facility, resident, rule, error, raw)
values (%(at)s, %(facility)s, %(resident)s, %(rule)s, %(error)s, %(raw)s);

-- name: defects_to_requeue
-- Messages kept because of a fault of ours, in order.
select id, recorded_at, requeued_at, at, facility, resident, rule, error, raw from defects
where raw is not null and requeued_at is null and id > %(after)s
order by id
limit %(limit)s;

-- name: defects_requeued
-- These were fed again.
update defects set requeued_at = now() where id = any(%(ids)s);

-- name: count_defects
-- How many faults were recorded since a time.
select count(*) from defects where recorded_at >= %(since)s;
