-- Why: what was frozen or signed reads the same next year: a newer version of the program has other words for its figures.
create table dispatch_texts (
    dispatch_id bigint not null references dispatches,
    edition text not null constraint edition_is_known check (edition in ('full', 'ministry')),
    composed_at timestamptz not null,
    text bytea not null,
    primary key (dispatch_id, edition)
);
alter table dispatch_texts alter column text set storage external;  -- it is deflated already
comment on table dispatch_texts is 'a revision in words, in every language, as it was composed first';
comment on column dispatch_texts.text is 'JSON, deflated; states, signatures and what people say under a section are put in when it is read';
create trigger dispatch_texts_stay before update or delete or truncate on dispatch_texts
    for each statement execute function stays_on_record();
