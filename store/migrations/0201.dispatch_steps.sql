-- Why: who wrote, submitted, signed, returned and sent a dispatch is known by name, and its words are theirs.
create table dispatch_steps (
    id bigint generated always as identity primary key,
    region text not null,
    day int not null,
    revision int not null,
    state text not null constraint state_is_known
        check (state in ('draft', 'frozen_unreviewed', 'in_review', 'returned', 'issued', 'reported')),
    at timestamptz not null,
    actor text,
    login text,
    comment text
);
comment on table dispatch_steps is 'the last one of a revision is its state';
comment on column dispatch_steps.revision is '0: the draft before the first one was frozen';
comment on column dispatch_steps.actor is 'null: nobody, at the cut-off';
create index steps_of_a_dispatch on dispatch_steps (region, day, revision);
create trigger dispatch_steps_stay before update or delete or truncate on dispatch_steps
    for each statement execute function stays_on_record();

create table dispatch_notes (
    id bigint generated always as identity primary key,
    region text not null,
    day int not null,
    revision int not null,
    section text not null,
    text text not null,
    at timestamptz not null,
    actor text not null,
    login text
);
comment on table dispatch_notes is 'what people say under a section; the last one counts, from its revision on';
create index notes_of_a_dispatch on dispatch_notes (region, day, section, revision);
create trigger dispatch_notes_stay before update or delete or truncate on dispatch_notes
    for each statement execute function stays_on_record();
