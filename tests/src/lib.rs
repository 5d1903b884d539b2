//! What a user does, end to end.
