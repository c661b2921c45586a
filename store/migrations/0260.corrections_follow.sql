-- Why: a correction follows what was sent by itself and names it; what was withheld of a day must stay withheld in all that follows.
alter table exports
    add column said bytea,
    add column replaces bigint,
    add column set_aside_by text,
    add column set_aside_why text;
comment on column exports.said is 'SHA-256 of the body without what it replaces; null: of the body';
comment on column exports.replaces is 'number of the package of the same region and day before it';
comment on column exports.set_aside_by is 'who decided that it is not sent, since the receiver will never take it';

create table withheld_figures (
    day int not null,
    figure text not null,
    regions text[] not null,
    primary key (day, figure)
);
comment on table withheld_figures is 'what was withheld of a period in anything that left the province';
