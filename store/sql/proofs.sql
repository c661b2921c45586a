-- name: add_proof
-- A test check came back as a message; the first telling counts.
insert into proofs (begun_at, told_at) values (%(begun)s, %(told)s) on conflict do nothing;

-- name: forget_proofs
-- What was proven long ago says nothing any more.
delete from proofs where told_at < %(before)s;

-- name: last_proof
-- The newest check that came back.
select begun_at, told_at from proofs order by begun_at desc limit 1;
