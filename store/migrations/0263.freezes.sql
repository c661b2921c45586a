-- Why: who asks for a nation to be frozen now is told how far that is, and need not wait before an open page.
create table freezes (
    id bigint generated always as identity primary key,
    region text not null,
    day int not null,
    asked_at timestamptz not null,
    asked_by text not null,
    login text,
    moved_at timestamptz,
    regions int,
    done int not null default 0,
    made int not null default 0,
    failed int not null default 0,
    ended_at timestamptz
);
comment on table freezes is 'revisions that somebody asked for before the next cut-off; the roll-up makes them';
comment on column freezes.regions is 'how many it freezes; null: the roll-up has not begun';
comment on column freezes.done is 'how many of them it has come to since it last began';
comment on column freezes.made is 'how many revisions came of it';
comment on column freezes.moved_at is 'when it last came to a region';
create index freezes_of_a_region on freezes (region, day, id);
create index freezes_that_go_on on freezes (id) where ended_at is null;
