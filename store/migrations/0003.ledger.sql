-- Why: what has been stored is known in the transaction that stored it, and what could not be read is kept.
create table ledger (
    cluster_id text not null,
    consumer_group text not null,
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    seen_until timestamptz,
    primary key (cluster_id, consumer_group, topic, partition)
) with (fillfactor = 50);
comment on column ledger.seen_until is 'everything sent before this has been seen: due times are judged up to here';

create table rejections (
    id bigint generated always as identity primary key,
    fate text not null,
    cluster_id text not null,
    topic text not null,
    partition int not null,
    kafka_offset bigint not null,
    item smallint not null,
    facility text,
    reason_zh text not null,
    reason_en text not null,
    raw bytea not null,
    recorded_at timestamptz not null default now(),
    requeued_at timestamptz,
    constraint one_rejection_per_item unique (cluster_id, topic, partition, kafka_offset, item)
);
create index rejections_of_a_facility on rejections (facility, id);

create table defects (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    facility text,
    resident text,
    rule text,
    error text not null,
    raw bytea,
    recorded_at timestamptz not null default now(),
    requeued_at timestamptz
);

create table spool (
    seq bigint generated always as identity primary key,
    topic text not null,
    key text not null,
    value bytea not null,
    created_at timestamptz not null default now(),
    published_cluster text
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
comment on table spool is 'accepted messages that are not stored yet';
