-- Why: after the database was set back, what is read again has been told of before and must not page as if it were new.
alter table ledger add column told_until bigint not null default 0, add column told_before timestamptz;
