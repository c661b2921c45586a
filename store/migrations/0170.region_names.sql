-- Why: boards read the roll-ups by SQL alone, and a reader knows regions by name.
create table region_names (
    region text primary key,
    name text not null
);
comment on table region_names is 'what the regions of the figures are called, as the roll-up writes it; retired codes by their last name';
