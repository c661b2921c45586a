-- Why: what was sent to another system must be sent again as it was, in its order, without gaps and without doubles.
create table export_receivers (
    receiver text primary key,
    last_number bigint not null
);
comment on table export_receivers is 'who takes figures of ours; their packages are numbered without gaps';

create table exports (
    receiver text not null references export_receivers,
    number bigint not null,
    region text not null,
    day int not null,
    revision int,
    digest bytea not null,
    body bytea not null,
    made_at timestamptz not null,
    sent_at timestamptz,
    received_at timestamptz,
    last_error text,
    primary key (receiver, number)
);
comment on column exports.revision is 'of the dispatch; null: figures that nobody has frozen';
comment on column exports.digest is 'SHA-256 of the body';
comment on column exports.received_at is 'by the receiver''s own signed receipt';
create index exports_of_a_day on exports (receiver, region, day, number);
create index exports_to_send on exports (receiver, number) where sent_at is null;
