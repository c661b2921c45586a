-- name: reserve
-- Numbers nobody else will get.
select nextval(pg_get_serial_sequence(%(table)s, 'id')) from generate_series(1, %(count)s);
