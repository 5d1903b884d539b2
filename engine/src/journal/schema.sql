-- The journal of hcxrun. Append-only; open it with any SQLite tool.
create table run (
  id       text primary key,
  started  text not null,
  title    text not null,
  ticket   text,
  -- What the run needs to go on when every file around it has changed: sources, inputs, files, systems, seed.
  record   text not null check (json_valid(record)),
  -- The hash of the record; the first event's `previous`.
  hash     text not null
) strict;

create table event (
  run      text not null references run (id),
  seq      integer not null,
  at       text not null,
  -- The step or gate; null for what is about the whole run.
  node     text,
  body     text not null check (json_valid(body)),
  -- The hash of the event before, and the one over it and this event.
  previous text not null,
  hash     text not null,
  primary key (run, seq)
) strict, without rowid;

create trigger run_is_kept    before update on run   begin select raise(abort, 'the journal is append-only'); end;
create trigger run_stays      before delete on run   begin select raise(abort, 'the journal is append-only'); end;
create trigger event_is_kept  before update on event begin select raise(abort, 'the journal is append-only'); end;
create trigger event_stays    before delete on event begin select raise(abort, 'the journal is append-only'); end;
