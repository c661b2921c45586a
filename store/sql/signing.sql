-- name: hold
-- Nobody else freezes, edits or signs the same until the transaction ends.
select pg_advisory_xact_lock(hashtext('dispatch ' || %(region)s), %(day)s);

-- name: newest_revision
-- The newest revision of a region and period; 0: none is frozen.
select coalesce(max(revision), 0) from dispatches where region = %(region)s and day = %(day)s;

-- name: steps
-- What became of a revision, and when, and by whom.
select state, at, actor, comment, login
from dispatch_steps
where region = %(region)s and day = %(day)s and revision = %(revision)s
order by id;

-- name: add_step
-- A revision has this state from now on.
insert into dispatch_steps (region, day, revision, state, at, actor, login, comment)
values (%(region)s, %(day)s, %(revision)s, %(state)s, %(at)s, %(actor)s, %(login)s, %(comment)s);

-- name: notes
-- What people say under each section of a revision; what was said of an earlier one counts on.
select distinct on (section) section, text, at, actor
from dispatch_notes
where region = %(region)s and day = %(day)s and revision <= %(revision)s
order by section, revision desc, id desc;

-- name: add_note
-- From this revision on these are the words under a section.
insert into dispatch_notes (region, day, revision, section, text, at, actor, login)
values (%(region)s, %(day)s, %(revision)s, %(section)s, %(text)s, %(at)s, %(actor)s, %(login)s);

-- name: states
-- The state of each revision of a region.
select distinct on (day, revision) day, revision, state
from dispatch_steps
where region = %(region)s and day between %(first)s and %(last)s
order by day, revision, id desc;
