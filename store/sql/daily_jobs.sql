-- name: daily_jobs
-- What is known of each daily job.
select job, done_day, done_at, took_ms, size_bytes, failed_at, why from daily_jobs order by job;

-- name: put_daily_job
-- This is what is known of the job.
insert into daily_jobs (job, done_day, done_at, took_ms, size_bytes, failed_at, why)
values (%(job)s, %(done_day)s, %(done_at)s, %(took)s, %(size_bytes)s, %(failed_at)s, %(why)s)
on conflict (job) do update set done_day = excluded.done_day, done_at = excluded.done_at, took_ms = excluded.took_ms,
    size_bytes = excluded.size_bytes, failed_at = excluded.failed_at, why = excluded.why;
