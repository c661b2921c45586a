-- name: health
-- What an operator asks first.
select current_setting('server_version'), now(),
    (select extversion from pg_extension where extname = 'timescaledb'),
    current_setting('timescaledb.license', true),
    pg_is_in_recovery(),
    current_setting('fsync'), current_setting('synchronous_commit');

-- name: standbys
-- Copies of the database that follow it.
select count(*) from pg_stat_replication;

-- name: archiving
-- The write-ahead log goes somewhere safe.
select current_setting('archive_mode') <> 'off';
