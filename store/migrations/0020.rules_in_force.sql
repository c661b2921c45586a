-- Why: who put which rules in force, why and from when must be known, and a version that was left may come back.
alter table rule_sets drop constraint one_rule_set_per_version;
alter table rule_sets
    add column activated_by text not null default '',
    add column reason text not null default '',
    add column shadow boolean not null default false,
    add column digest text not null generated always as (md5(content)) stored;
comment on column rule_sets.effective_from is 'event time it counts from; never before it was activated, but the first from ever';
comment on column rule_sets.shadow is 'judged beside what is in force, telling nobody';
create index rule_sets_of_a_region on rule_sets (region, effective_from, id);

create table region_modes (
    id int generated always as identity primary key,
    region text not null,
    mode text constraint mode_is_known check (mode in ('平时', '疫情期间', '封闭管理')),
    valid_from timestamptz not null,
    notice text not null,
    decided_by text not null,
    recorded_at timestamptz not null default now()
);
comment on table region_modes is 'the mode of a region is that of its facilities, whatever they say themselves';
comment on column region_modes.mode is 'null: each facility goes by its own again';
