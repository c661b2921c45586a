-- Why: who is visited unannounced is known to a few until they have been there, and can be checked afterwards for ever.
create table inspectors (
    id bigint generated always as identity primary key,
    region text not null,
    account_id bigint not null references accounts,
    named_at timestamptz not null default now(),
    named_by text not null,
    dismissed_at timestamptz,
    dismissed_by text
);
comment on table inspectors is 'who may see the lists of a level that issues them; not dismissed: now';
create unique index one_naming_of_an_inspector on inspectors (region, account_id) where dismissed_at is null;

create table spot_check_draws (
    id bigint generated always as identity primary key,
    region text not null,
    day int not null,
    drawn_at timestamptz not null default now(),
    drawn_by text not null,
    seed text not null,
    size int not null,
    by_chance int not null,
    period_days int not null,
    frame jsonb not null,
    digest text not null
);
comment on table spot_check_draws is 'every draw, with all that it was drawn from and by';
comment on column spot_check_draws.region is 'of the issuing level';
comment on column spot_check_draws.digest is 'sha256 of the frame as it was drawn from';
create index draws_of_a_region on spot_check_draws (region, drawn_at);

create table spot_checks (
    id bigint generated always as identity primary key,
    draw_id bigint not null references spot_check_draws,
    place int not null,
    facility text not null,
    part text not null constraint part_is_known check (part in ('risk', 'chance')),
    candidate jsonb not null,
    constraint one_check_of_a_facility_in_a_draw unique (draw_id, facility)
);
comment on table spot_checks is 'whom a draw has found, in its order';
comment on column spot_checks.candidate is 'as it stood in the frame';
create index checks_of_a_facility on spot_checks (facility);

create table spot_check_steps (
    spot_check_id bigint not null references spot_checks,
    number int not null,
    kind text not null constraint kind_is_known check (kind in ('result', 'rectified', 'rechecked')),
    is_good boolean not null,
    said text not null,
    due_day int,
    by text not null,
    at timestamptz not null default now(),
    primary key (spot_check_id, number)
);
comment on table spot_check_steps is 'what was found, mended and found again';
comment on column spot_check_steps.due_day is 'until when what comes next is due, since 1970-01-01; null: nothing does';

create trigger spot_check_draws_stay before update or delete or truncate on spot_check_draws
    for each statement execute function stays_on_record();
create trigger spot_checks_stay before update or delete or truncate on spot_checks
    for each statement execute function stays_on_record();
create trigger spot_check_steps_stay before update or delete or truncate on spot_check_steps
    for each statement execute function stays_on_record();
