-- Why: the turns of difficulties were worked out of every report ever sent, for one home as for the nation.
-- The view stays for yesterday's code.
create index reports_with_difficulties on facility_reports (facility_id) where difficulties is not null;

create function difficulty_turns_of(facility int)
returns table (difficulty text, at timestamptz, is_open boolean, is_new boolean) language sql stable as $$
    with said as (
        select d ->> 'id' as difficulty, r.observed_at as at,
            lower(d ->> 'state') not in ('resolved', 'closed', 'done', '已解决', '已办结') as is_open
        from facility_reports r
        cross join lateral jsonb_array_elements(r.difficulties) d
        where r.facility_id = facility and r.difficulties is not null
        union all
        select a.difficulty, a.at, a.action = 'reopened' from difficulty_actions a
        where a.facility_id = facility and a.action <> 'assigned'
    ), ordered as (
        select said.*, lag(said.is_open) over (partition by said.difficulty order by said.at, said.is_open) as was_open from said
    )
    select o.difficulty, o.at, o.is_open, o.was_open is null
    from ordered o
    where o.is_open is distinct from coalesce(o.was_open, false)
$$;
comment on function difficulty_turns_of is 'when difficulties of a facility were raised, resolved or raised again; what was said last counts';
