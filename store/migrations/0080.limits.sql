-- Why: a channel's limit holds over every sender and restart, storms go out as digests, and people speak of an alert by a short code.
alter table alerts add column code text;
comment on column alerts.code is 'four characters, spoken on the phone; unique among the open alerts of a facility';
update alerts a
set code = (
    select string_agg(substr('23456789ACFHKMQRWXY', 1 + mod(mod(a.id * 48271 + 7, 130321) / p, 19)::int, 1), '' order by p desc)
    from unnest(array[1, 19, 361, 6859]) p
)
where closed_at is null;
create unique index one_open_code on alerts (facility_id, code) where closed_at is null;

alter table deliveries
    -- Rows of a worker that does not know it yet go singly and first.
    add column severity smallint not null default 1,
    add column person text,
    add column fallbacks jsonb not null default '[]',
    add column in_digest boolean not null default false,
    add column digest bigint,
    drop constraint one_delivery_per_transition,
    drop constraint kind_is_known;
alter table deliveries add constraint kind_is_known
    check (kind in ('alarm', 'all_clear', 'reminder', 'escalation', 'silence_ends', 'not_reached'));
comment on column deliveries.person is 'who is told, in a word a log may hold';
comment on column deliveries.fallbacks is '[[channel, address], ...]: the next ways to the same person';
comment on column deliveries.in_digest is 'named in a digest, though its severity would go singly: the channel was at its limit';
comment on column deliveries.digest is 'the tellings that went in one message carry the id of the first';
create index deliveries_waiting on deliveries (channel, address, severity, id) where status in ('due', 'sending');

create table channel_slots (
    channel text not null,
    address text not null,
    slot smallint not null,
    free_at timestamptz not null default 'epoch',
    in_flight boolean not null default false,
    primary key (channel, address, slot)
);
comment on table channel_slots is 'a message takes a slot, which is free again a window after the message had arrived';

create table technical_alerts (
    id bigint generated always as identity primary key,
    kind text not null,
    subject text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    times int not null default 1,
    said text not null,
    told_at timestamptz,
    closed_at timestamptz
);
create unique index one_open_technical_alert on technical_alerts (kind, subject) where closed_at is null;
