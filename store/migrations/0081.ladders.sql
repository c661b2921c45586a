-- Why: an alert climbs from the carer on shift to the duty leader until a person answers, and who is on shift is on record.
alter table alerts
    add column alarm_at timestamptz,
    add column step smallint not null default 0,
    add column next_escalation_at timestamptz,
    add column responsible text,
    add column responsible_at timestamptz,
    add column acknowledged_until timestamptz,
    add column snoozed_by text,
    add column snoozed_until timestamptz,
    add column snooze_reason text,
    add column snooze_announced boolean not null default false;
comment on column alerts.alarm_at is 'when the present ladder began; its steps count from here';
comment on column alerts.step is 'the next step of the ladder';
comment on column alerts.next_escalation_at is 'when somebody must look at who is told next; null: nobody need';
comment on column alerts.acknowledged_until is 'the signal returns then, if it is not over';
create index escalations_due on alerts (next_escalation_at) where next_escalation_at is not null;

create table desks (
    id int generated always as identity primary key,
    code text not null constraint one_desk_per_code unique,
    name text not null,
    zone text not null
);

create table desk_scopes (
    desk_id int not null references desks on delete cascade,
    region_prefix text,
    facility text,
    constraint one_scope_per_desk unique nulls not distinct (desk_id, region_prefix, facility)
);
comment on table desk_scopes is 'a desk answers for facilities by their codes, or for a region by the prefix of its code';

create table duty_people (
    id int generated always as identity primary key,
    code text not null constraint one_duty_person_per_code unique,
    name text not null,
    ways jsonb not null
);
comment on column duty_people.ways is '[[channel, address], ...] in the order to be tried';

create table shifts (
    desk_id int not null references desks on delete cascade,
    role text not null,
    person_id int not null references duty_people on delete cascade,
    days text not null,
    begins smallint not null,
    ends smallint not null,
    valid_from int,
    valid_until int,
    constraint one_shift unique nulls not distinct (desk_id, role, person_id, days, begins, ends, valid_from, valid_until)
);
comment on column shifts.days is 'every_day, workdays, holidays, or days of the week as 1234567';
comment on column shifts.begins is 'minutes after local midnight; an end at or before the begin is on the next day';
comment on column shifts.valid_from is 'local days since 1970-01-01';

create table holidays (
    region_prefix text not null,
    day int not null,
    works boolean not null,
    primary key (region_prefix, day)
);
comment on column holidays.works is 'a weekend day on which people work (a make-up workday), else a day off';

create table swaps (
    id int generated always as identity primary key,
    desk_id int not null references desks on delete cascade,
    out_id int not null references duty_people on delete cascade,
    in_id int not null references duty_people on delete cascade,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    agreed_by text not null,
    constraint one_swap unique (desk_id, out_id, in_id, starts_at, ends_at)
);

alter table deliveries add column role text, add column note text;
comment on column deliveries.role is 'of the ladder, by which the message says what to do';
comment on column deliveries.note is 'what this telling adds, in a few words';

alter table technical_alerts add column alert_id bigint references alerts;
comment on column technical_alerts.alert_id is 'the last alert that it hindered';
