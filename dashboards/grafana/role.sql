-- Whoever sees a board may send any SQL to its data source: so this role reads the sums of regions and nothing else.
-- For psql; the file named by BOARDS_PASSWORD_FILE holds its password, BOARDS_ROLE its name.
\set ON_ERROR_STOP on
\set password `cat "$BOARDS_PASSWORD_FILE"`
\set role `echo "${BOARDS_ROLE:-sizao_boards}"`
select format('create role %I', :'role') where not exists (select from pg_roles where rolname = :'role') \gexec
alter role :"role" login nosuperuser nocreatedb nocreaterole noinherit connection limit 20 password :'password';
alter role :"role" set default_transaction_read_only = on;
alter role :"role" set statement_timeout = '10s';
grant select on region_figures, region_names to :"role";
