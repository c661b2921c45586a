-- name: beat
-- A gateway can take something in now; if none could for a while, that was an outage, and one that lasts is over.
with before as (
    select at from beats where what = 'gateway'
), over as (
    update outages set ended_at = greatest(%(now)s, began_at) where ended_at is null returning id
), missed as (
    insert into outages (began_at, ended_at)
    select at, %(now)s from before
    where at < %(now)s - %(patience)s::interval and not exists (select from over)
    on conflict do nothing
)
insert into beats (what, at) values ('gateway', %(now)s)
on conflict (what) do update set at = greatest(beats.at, excluded.at);

-- name: look
-- No gateway has been able to take anything in for a while: an outage that lasts.
insert into outages (began_at)
select at from beats
where what = 'gateway' and at < %(now)s - %(patience)s::interval and not exists (select from outages where ended_at is null)
on conflict do nothing;

-- name: outages
-- When we did not look, in a stretch of time; the end of one that lasts is not known.
select began_at, ended_at from outages
where began_at < %(until)s and coalesce(ended_at, 'infinity') > %(since)s
order by began_at;

-- name: long_outages
-- Every outage that lasted, or has lasted by now, and how many beginnings and ends of such ones are known up to its own.
select began_at, ended_at, 2 * row_number() over (order by began_at) - (ended_at is null)::int from outages
where coalesce(ended_at, %(now)s) - began_at >= %(least)s::interval
order by began_at;
