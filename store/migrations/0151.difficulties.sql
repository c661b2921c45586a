-- Why: a difficulty a facility cannot solve alone has an owner and an end, and our own outages are on record.
create table difficulty_actions (
    id bigint generated always as identity primary key,
    facility_id int not null references facilities,
    difficulty text not null,
    at timestamptz not null,
    actor text not null,
    action text not null constraint action_is_known check (action in ('assigned', 'resolved', 'reopened')),
    owner text,
    comment text
);
comment on column difficulty_actions.difficulty is 'its id, as the facility gives it';
comment on column difficulty_actions.owner is 'who answers for it from then on';
create index actions_of_a_difficulty on difficulty_actions (facility_id, difficulty, at);

-- What was said last counts, by the facility in a report or by those above it.
create view difficulty_turns as
with said as (
    select r.facility_id, d ->> 'id' as difficulty, r.observed_at as at,
        lower(d ->> 'state') not in ('resolved', 'closed', 'done', '已解决', '已办结') as is_open
    from facility_reports r
    cross join lateral jsonb_array_elements(r.difficulties) d
    union all
    select facility_id, difficulty, at, action = 'reopened' from difficulty_actions where action <> 'assigned'
), ordered as (
    select *, lag(is_open) over (partition by facility_id, difficulty order by at, is_open) as was_open from said
)
select facility_id, difficulty, at, is_open, was_open is null as is_new
from ordered
where is_open is distinct from coalesce(was_open, false);
comment on view difficulty_turns is 'when difficulties were raised, resolved or raised again';

create function mark_difficulty_stale() returns trigger language plpgsql as $$
begin
    insert into stale_parts (facility_id, day)
    values (new.facility_id, day_in_zone(new.at, zone_of_facility(new.facility_id)));
    return null;
end $$;
create trigger difficulties_are_counted after insert on difficulty_actions
    for each row execute function mark_difficulty_stale();

create table beats (
    what text primary key,
    at timestamptz not null
);
comment on table beats is 'when any gateway last could take something in';

-- Two gateways that come back at once say the same.
create unique index one_outage_from_a_moment on outages (began_at);

create table nudges (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    day int not null,
    facility_id int not null references facilities,
    alert_id bigint not null references alerts,
    nudged_by text not null
);
comment on table nudges is 'who was asked for the report of a day; what became of the telling is in the deliveries of the alert since then';
create index nudges_of_a_day on nudges (day, facility_id);
