-- Why: whoever relies on being called must see when the way from a check to a message last worked.
create table proofs (
    begun_at timestamptz primary key,
    told_at timestamptz not null
);
comment on table proofs is 'a test check that came back as a message: when it was measured, when it was told';
