-- Why: a worker that takes over must know how far due times were judged, and since when somebody is looked after.
alter table facilities add column looked_until timestamptz, add column partition smallint;
comment on column facilities.looked_until is 'due times of its residents are judged up to here';
comment on column facilities.partition is 'where its checks travel';
create index facilities_due_in_partition on facilities (partition, due_at) where due_at is not null;

alter table residents add column known_from timestamptz not null default date_trunc('milliseconds', now());
comment on column residents.known_from is 'missed checks count from here: before it nobody could have known';
