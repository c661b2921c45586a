-- Why: a phone without login answers an alert once, by a link, a key or a reply.
create table receipts (
    delivery_id bigint primary key references deliveries,
    at timestamptz not null,
    answer text not null
);
comment on table receipts is 'a telling is answered once: its link, its call and its reply are one';
