//! What makes an action a contract: rules that hang on which clauses it has.

use super::Checker;
use super::names::list;
use crate::diagnostic::Diagnostic;
use crate::source::{Name, Span};
use crate::syntax::{Action, Method};

impl Checker<'_> {
    pub(super) fn contract(&mut self, action: &Action) {
        match &action.change {
            Some(change) => {
                self.settles(action, change.request.method.node, change.span);
                self.way_back(action);
            }
            None => self.checks_something(action),
        }
        self.pace(action);
    }

    fn settles(&mut self, action: &Action, method: Method, change: Span) {
        if action.done_when.is_some() {
            return;
        }
        let name = &action.name.node;
        let error = Diagnostic::error(
            "HR033",
            action.name.span,
            format!("`{name}` changes something and does not say when it is done"),
        )
        .related(change, format!("a {} that could not be told from one that was lost", method.as_str()))
        .help("write `done when` with what can be read once the change is there");
        self.report(error);
    }

    fn way_back(&mut self, action: &Action) {
        let name = &action.name;
        match (&action.undo, &action.irreversible) {
            (None, None) => self.report(
                Diagnostic::error(
                    "HR034",
                    name.span,
                    format!("`{}` changes something and has no way back", name.node),
                )
                .help("give it an `undo`, or write `irreversible \"why\"`"),
            ),
            (Some(undo), Some(why)) => self.report(
                Diagnostic::error(
                    "HR034",
                    why.span,
                    format!("`{}` has an `undo` and calls itself irreversible", name.node),
                )
                .related(undo.span, "the way back")
                .help("keep one of the two; what only a person can take back is `by hand … when …`"),
            ),
            (None, Some(_)) => {
                if let Some(undone) = &action.undone_when {
                    self.report(
                        Diagnostic::error(
                            "HR034",
                            undone.span,
                            format!("`{}` says when it is undone and has no `undo`", name.node),
                        )
                        .help("remove `undone when`, or give it an `undo`"),
                    );
                }
            }
            (Some(_), None) => {}
        }
    }

    fn pace(&mut self, action: &Action) {
        if let Some(poll) = &action.poll {
            if poll.node.every.is_zero() {
                self.bounds(
                    poll.span,
                    "`poll` looks without a pause",
                    "write a pause, as in `poll every 10s for 30m`",
                );
            } else if poll.node.limit < poll.node.every {
                self.bounds(
                    poll.span,
                    "`poll` ends before its second look",
                    "the time behind `for` is the longer one",
                );
            }
        }
        if let Some(takes) = &action.takes
            && takes.node.0 > takes.node.1
        {
            self.bounds(takes.span, "`takes` begins with the longer time", "write the shorter one first");
        }
    }

    /// A number or a length of time that cannot be.
    pub(super) fn bounds(&mut self, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::error("HR037", span, message).help(help));
    }

    /// An action without a change is a check: it has to look at something, and has nothing to take back.
    fn checks_something(&mut self, action: &Action) {
        let clauses = of_changes(action);
        if let Some((first, _)) = clauses.first() {
            let words: Vec<&str> = clauses.iter().map(|(_, word)| *word).collect();
            let goes = if words.len() == 1 { "goes" } else { "go" };
            let message =
                format!("`{}` changes nothing, and {} {goes} with a change", action.name.node, list(&words));
            return self.report(
                Diagnostic::error("HR032", *first, message)
                    .origin("an action without `change` is a check")
                    .help("give it a `change`, or remove what belongs to one"),
            );
        }
        if action.requires.is_empty() && action.done_when.is_none() {
            let name: &Name = &action.name;
            self.report(
                Diagnostic::error(
                    "HR033",
                    name.span,
                    format!("`{}` neither changes nor checks anything", name.node),
                )
                .help("write a `require`, a `done when` or a `change`"),
            );
        }
    }
}

/// The clauses that only a change gives a meaning, in the order of the text.
fn of_changes(action: &Action) -> Vec<(Span, &'static str)> {
    let mut found: Vec<(Span, &'static str)> = Vec::new();
    found.extend(action.fails.first().map(|it| (it.span, "fail")));
    found.extend(action.untouched.as_ref().map(|it| (it.span, "untouched when")));
    found.extend(action.undo.as_ref().map(|it| (it.span, "undo")));
    found.extend(action.undone_when.as_ref().map(|it| (it.span, "undone when")));
    found.extend(action.by_hand.first().map(|it| (it.span, "by hand")));
    found.extend(action.irreversible.as_ref().map(|it| (it.span, "irreversible")));
    found.extend(action.touches.first().map(|it| (it.span, "touches")));
    // A check with a `done when` waits for it: it may say how often it looks, and how long that takes.
    if action.done_when.is_none() {
        found.extend(action.poll.map(|it| (it.span, "poll")));
        found.extend(action.takes.map(|it| (it.span, "takes")));
    }
    found.sort_by_key(|(span, _)| *span);
    found
}
