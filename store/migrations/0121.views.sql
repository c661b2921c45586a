-- Why: who looked at which resident is on record, and a row that is taken out of the record is noticed.
create table views (
    id bigint primary key,
    at timestamptz not null,
    account_id int not null,
    login text not null,
    role text not null,
    page text not null,
    subjects text[] not null,
    hash bytea not null
);
comment on table views is 'a chain: each hash is of the hash before and of its own row (store/views.py)';
comment on column views.id is 'without gaps: counted by view_head, not by a sequence';
comment on column views.subjects is 'F-001/R-07 is a resident, F-001 everybody of a facility';
create index views_of_a_subject on views using gin (subjects);

create table view_head (
    the_one boolean primary key default true constraint one_head check (the_one),
    id bigint not null,
    hash bytea not null
);
comment on table view_head is 'the last row of views: where the next one is tied on, and where the chain must end';
insert into view_head (id, hash) values (0, '');
