-- Why: a positive must be reported within minutes or hours, and whoever must do it is reminded before the time is over, also after a restart.
create table reports_made (
    id bigint generated always as identity primary key,
    facility_id int not null references facilities,
    clock text not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    whom text not null,
    words text not null
);
comment on table reports_made is 'that a positive was reported: to whom, what, when it was done and when it was written down';

create table reporting_clocks (
    alert_id bigint not null references alerts,
    clock text not null,
    facility_id int not null references facilities,
    started_at timestamptz not null,
    due_at timestamptz not null,
    next_at timestamptz,
    report_id bigint references reports_made,
    primary key (alert_id, clock)
);
comment on column reporting_clocks.next_at is 'when somebody must be reminded or told; null: nobody any more';
comment on column reporting_clocks.report_id is 'what stopped it; null: it runs';
create index reporting_clocks_due on reporting_clocks (next_at) where next_at is not null;
create index reporting_clocks_of_a_facility on reporting_clocks (facility_id, clock) where report_id is null;

alter table deliveries drop constraint kind_is_known;
alter table deliveries add constraint kind_is_known check (kind in (
    'alarm', 'all_clear', 'reminder', 'escalation', 'silence_ends', 'not_reached', 'county_offline', 'county_back',
    'report_due', 'report_late', 'referral_asked'
));
