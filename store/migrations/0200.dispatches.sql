-- Why: a dispatch is signed and sent on: what it said stays readable, and a late report makes another revision.
create table dispatches (
    id bigint generated always as identity primary key,
    region text not null,
    day int not null,
    revision int not null constraint revisions_begin_with_one check (revision > 0),
    frozen_at timestamptz not null,
    frozen_by text,
    began smallint not null,
    ended smallint not null,
    has_other_cutoffs boolean not null,
    rules text not null,
    dictionary text not null,
    figures jsonb not null,
    before jsonb,
    facilities jsonb not null,
    constraint one_revision_of_a_number unique (region, day, revision)
);
comment on table dispatches is 'the figures of a region and a reporting period, frozen; the latest revision counts, every other stays readable';
comment on column dispatches.day is 'of the cut-off, since 1970-01-01';
comment on column dispatches.frozen_by is 'null: nobody, at the cut-off';
comment on column dispatches.began is 'minutes after midnight of the day before';
comment on column dispatches.ended is 'minutes after midnight of the day';
comment on column dispatches.rules is 'the rule sets in force there then';
comment on column dispatches.dictionary is 'digest of the table of figures';
comment on column dispatches.before is 'the figures it is compared with: of the period before, as they stood then';
comment on column dispatches.facilities is 'those with something to tell, where they count directly; above, they are with the children';

create table dispatch_children (
    dispatch_id bigint not null references dispatches,
    region text not null,
    child_id bigint references dispatches,
    provisional jsonb,
    primary key (dispatch_id, region),
    constraint a_child_is_named_or_provisional check (num_nonnulls(child_id, provisional) = 1)
);
comment on table dispatch_children is 'what a dispatch is the sum of';
comment on column dispatch_children.child_id is 'the revision that is in the sum; null: it was not frozen';
comment on column dispatch_children.provisional is 'the figures of what was not frozen, as they stood; in no sum';

create function stays_on_record() returns trigger language plpgsql as $$
begin
    raise exception '% stays as it was written: a change is another row', tg_table_name;
end $$;
create trigger dispatches_stay before update or delete or truncate on dispatches
    for each statement execute function stays_on_record();
create trigger dispatch_children_stay before update or delete or truncate on dispatch_children
    for each statement execute function stays_on_record();
