-- Why: what a dispatch asks for (a call, help, a check, a visit) has an owner, a deadline and an end, and cannot vanish.
create table dispatch_items (
    id bigint generated always as identity primary key,
    region text not null,
    day int not null,
    kind text not null constraint kind_is_known check (kind in ('call', 'help', 'check', 'visit')),
    facility text,
    what text not null,
    source text,
    made_at timestamptz not null,
    made_by text,
    login text
);
comment on table dispatch_items is 'assigned items (交办事项) of the desk of a region';
comment on column dispatch_items.day is 'of the period it came up in';
comment on column dispatch_items.source is 'the figure of a facility that it comes from; null: somebody thought of it';
comment on column dispatch_items.made_by is 'null: proposed when the period was frozen';
create index items_of_a_region on dispatch_items (region text_pattern_ops, made_at);
create index items_about_a_facility on dispatch_items (facility, region, source);

create table dispatch_item_steps (
    id bigint generated always as identity primary key,
    item_id bigint not null references dispatch_items,
    at timestamptz not null,
    state text not null constraint state_is_known check (state in ('open', 'moved', 'done')),
    owner text not null,
    due_at timestamptz not null,
    comment text,
    actor text,
    login text
);
comment on table dispatch_item_steps is 'the last one counts: open; moved on to another owner or day, with the reason; done, with its result';
create index steps_of_an_item on dispatch_item_steps (item_id, id);

create trigger dispatch_items_stay before update or delete or truncate on dispatch_items
    for each statement execute function stays_on_record();
create trigger dispatch_item_steps_stay before update or delete or truncate on dispatch_item_steps
    for each statement execute function stays_on_record();

-- What is done stays done: it is not opened again, another item is made.
create function item_is_not_done() returns trigger language plpgsql as $$
begin
    perform from dispatch_items where id = new.item_id for update;
    if (select state from dispatch_item_steps where item_id = new.item_id order by id desc limit 1) = 'done' then
        raise exception 'item % is done', new.item_id;
    end if;
    return new;
end $$;
create trigger done_items_stay_done before insert on dispatch_item_steps
    for each row execute function item_is_not_done();
