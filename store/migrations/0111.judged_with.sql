-- Why: an audit compares only what was judged with the people who are known now.
alter table case_regions add column residents int;
comment on column case_regions.residents is 'who were known in the county when it was last judged';
