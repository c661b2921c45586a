-- Why: at the change of a shift one person offers everything open and answers for it until another has taken it; both names are kept.
create table hand_overs (
    id bigint generated always as identity primary key,
    offered_at timestamptz not null,
    giver text not null,
    giver_login text not null,
    wanted text,
    note text,
    regions text[] not null,
    facilities text[] not null
);
comment on table hand_overs is 'records of hand-overs (交接班记录): who sees all of regions and facilities reads it';
comment on column hand_overs.wanted is 'whom the giver expects; whoever sees all of it may take it';
create index hand_overs_by_time on hand_overs (offered_at);

create table promises (
    id bigint generated always as identity primary key,
    made_at timestamptz not null,
    made_by text not null,
    keeper text not null,
    keeper_login text not null,
    words text not null,
    due_at timestamptz,
    kept_at timestamptz,
    kept_by text
);
comment on table promises is 'what somebody on duty said they would do; whoever takes it over keeps it';
create index promises_of_a_keeper on promises (keeper_login) where kept_at is null;

create table hand_over_items (
    hand_over_id bigint not null references hand_overs,
    position smallint not null,
    kind text not null constraint item_kind_is_known check (kind in ('alert', 'referral', 'promise', 'nothing')),
    alert_id bigint references alerts,
    referral_id bigint,
    promise_id bigint references promises,
    subject text,
    said_zh text not null,
    said_en text not null,
    state text not null default 'offered'
        constraint item_state_is_known check (state in ('offered', 'accepted', 'refused', 'withdrawn', 'over')),
    answered_by text,
    answered_login text,
    answered_at timestamptz,
    reason text,
    primary key (hand_over_id, position)
);
comment on column hand_over_items.subject is 'F-001/R-07: whoever is shown the record is on record as having seen them';
comment on column hand_over_items.said_zh is 'as it stood when it was offered';
create index hand_over_items_of_an_alert on hand_over_items (alert_id) where alert_id is not null;
create index hand_over_items_of_a_referral on hand_over_items (referral_id) where referral_id is not null;
