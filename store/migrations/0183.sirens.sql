-- Why: an inbox that is open and can be heard wakes somebody, and one that was closed or muted must not be counted on.
create table sirens (
    account_id int primary key references accounts on delete cascade,
    tested_at timestamptz not null,
    heard_at timestamptz not null
);
comment on table sirens is 'inboxes whose sound was tested: heard_at goes on as long as the page is open and its sound is on';
