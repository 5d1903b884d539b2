-- Since format 2: what people say from another terminal, and who may change what.

create table answer (
  run     text not null references run (id),
  gate    text not null,
  -- The hash of the event with which the gate asked: the answer is to that question, of that program, and to no other.
  opened  text not null,
  who     text not null,
  verdict text not null check (verdict in ('approve', 'reject')),
  why     text,
  at      text not null,
  primary key (run, opened, who)
) strict, without rowid;

-- A run that has not ended keeps others from what it changes.
create table claim (
  -- Where the system is, and what the action `touches`.
  resource text not null,
  run      text not null references run (id),
  at       text not null,
  primary key (resource, run)
) strict, without rowid;

-- A person let go of what a run claims.
create table release (
  run text primary key references run (id),
  who text not null,
  why text not null,
  at  text not null
) strict, without rowid;

create trigger answer_is_kept  before update on answer  begin select raise(abort, 'the journal is append-only'); end;
create trigger answer_stays    before delete on answer  begin select raise(abort, 'the journal is append-only'); end;
create trigger claim_is_kept   before update on claim   begin select raise(abort, 'the journal is append-only'); end;
create trigger claim_stays     before delete on claim   begin select raise(abort, 'the journal is append-only'); end;
create trigger release_is_kept before update on release begin select raise(abort, 'the journal is append-only'); end;
create trigger release_stays   before delete on release begin select raise(abort, 'the journal is append-only'); end;
