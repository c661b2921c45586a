-- name: episodes_not_over
-- The episodes of these residents that stand, or ended at or after a time.
select id, resident_id, facility_id, content, aliases from episodes
where facility_id = %(facility)s and resident_id = any(%(residents)s) and withdrawn_at is null
    and coalesce(ended_at, 9223372036854775807) >= %(since)s
order by opened_at, opened_rank, opened_id, id;

-- name: episodes_of_facility
-- The episodes of everybody in a facility that stand, or ended at or after a time.
select id, resident_id, facility_id, content, aliases from episodes
where facility_id = %(facility)s and withdrawn_at is null
    and coalesce(ended_at, 9223372036854775807) >= %(since)s
order by opened_at, opened_rank, opened_id, id;

-- name: save_episode
-- An episode as it is now.
insert into episodes (
    id, resident_id, facility_id, condition, opened_at, opened_rank, opened_id,
    ended_at, ended_rank, ended_id, outcome, severity, content, aliases
) values (
    %(id)s, %(resident)s, %(facility)s, %(condition)s, %(opened_at)s, %(opened_rank)s, %(opened_id)s,
    %(ended_at)s, %(ended_rank)s, %(ended_id)s, %(outcome)s, %(severity)s, %(content)s, %(aliases)s
) on conflict (id) do update set
    opened_at = excluded.opened_at, opened_rank = excluded.opened_rank, opened_id = excluded.opened_id,
    ended_at = excluded.ended_at, ended_rank = excluded.ended_rank, ended_id = excluded.ended_id,
    outcome = excluded.outcome, severity = excluded.severity, content = excluded.content,
    aliases = excluded.aliases, withdrawn_at = null, updated_at = now();

-- name: withdraw_episodes
-- These episodes never were, or were joined into others.
update episodes set withdrawn_at = %(at)s, updated_at = now() where id = any(%(ids)s);
