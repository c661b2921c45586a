-- Why: a referral is followed until a hospital bed is reached, whoever says its steps and in whatever order they arrive.
create table referral_steps (
    facility_id int not null references facilities,
    at timestamptz not null,
    id uuid not null,
    recorded_at timestamptz not null,
    referral text not null,
    step text not null,
    source text not null constraint source_is_known check (source in ('event', 'console', 'rule')),
    resident_id int references residents,
    alert text,
    hospital text,
    actor text,
    reason text,
    bed text,
    transport text,
    primary key (facility_id, at, id)
);
comment on table referral_steps is 'those of events are derived from observations and corrections, as they count now';
comment on column referral_steps.alert is 'as the sender said';
create index steps_of_a_referral on referral_steps (facility_id, referral);

create table referrals (
    id bigint generated always as identity primary key,
    facility_id int not null references facilities,
    code text not null,
    resident_id int references residents,
    alert_id bigint,
    stage text not null,
    hospital text,
    began_at timestamptz not null,
    requested_at timestamptz,
    ended_at timestamptz,
    due_at timestamptz,
    looked_at timestamptz not null,
    plan jsonb not null,
    content jsonb not null,
    constraint one_referral_per_code unique (facility_id, code)
);
comment on table referrals is 'derived from referral_steps: what following them up to looked_at came to';
comment on column referrals.hospital is 'that is asked, or has accepted';
comment on column referrals.due_at is 'when somebody must look again; null: no clock runs';
comment on column referrals.looked_at is 'clocks have run up to here';
comment on column referrals.plan is '[[code, name], ...]: whom to ask in which order; as it was when the first was asked';
create index referrals_due on referrals (due_at) where due_at is not null;
create index referrals_of_a_resident on referrals (resident_id);
create index referrals_of_a_hospital on referrals (hospital, ended_at);
create index referrals_of_an_alert on referrals (alert_id);
