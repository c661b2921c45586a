-- Why: whether a rule's alerts were worth waking somebody is known only to those who came.
create table alert_feedback (
    id bigint generated always as identity primary key,
    alert_id bigint not null references alerts,
    at timestamptz not null,
    actor text not null,
    verdict text not null constraint verdict_is_known check (verdict in ('true', 'false', 'unsure', 'nonactionable')),
    comment text
);
create index feedback_of_alert on alert_feedback (alert_id, id);
comment on table alert_feedback is 'every word that was given; the last one of an alert counts';
