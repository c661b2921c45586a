-- Why: whoever starts a service again, or asks the doctor, must learn when its daily work was last done, and why not since.
create table daily_jobs (
    job text primary key,
    done_day int,
    done_at timestamptz,
    took_ms bigint,
    size_bytes bigint,
    failed_at timestamptz,
    why text
);
