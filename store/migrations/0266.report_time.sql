-- Why: a gateway that was away over the cut-off gave no time back for what it took before it, and homes were late by our fault.
create function report_time(cutoff timestamptz) returns timestamptz language plpgsql stable as $$
declare
    due timestamptz := cutoff;
    reached timestamptz := cutoff - interval '1 day';
    o record;
begin
    for o in select began_at, ended_at from outages where coalesce(ended_at, 'infinity') > reached order by began_at loop
        exit when o.began_at > due;
        if o.ended_at is null then
            return 'infinity';
        end if;
        due := due + greatest(o.ended_at - greatest(o.began_at, reached), interval '0');
        reached := greatest(reached, o.ended_at);
    end loop;
    return due;
end $$;
comment on function report_time is 'until when a report is in time: its last day before the cut-off is as long as without our outages';
