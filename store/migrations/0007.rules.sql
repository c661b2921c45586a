-- Why: a check is judged by the rules in force at its time, wherever it is judged.
create table rule_sets (
    id int generated always as identity primary key,
    region text not null default '',
    version text not null,
    effective_from timestamptz not null,
    content text not null,
    activated_at timestamptz not null default now(),
    constraint one_rule_set_per_version unique (region, version)
);
comment on column rule_sets.region is 'prefix of a GB/T 2260 code; empty: the nation';
