//! The change window: from what an author wrote to two points in time.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::names::nearest;
use crate::diagnostic::Diagnostic;
use crate::program::Program;
use crate::source::Spanned;
use crate::syntax::{TimeText, Window};

/// A change window as points in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedWindow {
    /// First moment.
    pub start: Timestamp,
    /// Last moment.
    pub end: Timestamp,
    /// Kept free before the end.
    pub keep: std::time::Duration,
}

/// The window of a program's runbook; `None` when it has none (or one that the checker refuses).
pub fn window(program: &Program) -> Option<ResolvedWindow> {
    resolve(program.runbook()?.header.window.as_ref()?).ok()
}

/// Resolves a window, or says all that is wrong with it.
pub(super) fn resolve(window: &Window) -> Result<ResolvedWindow, Vec<Diagnostic>> {
    let zone = match window.zone.as_ref().map(zone).transpose() {
        Ok(zone) => zone,
        Err(error) => return Err(vec![*error]),
    };
    let (start, end) = match (moment(&window.start, zone.as_ref()), moment(&window.end, zone.as_ref())) {
        (Ok(start), Ok(end)) => (start, end),
        // One zone would mend both.
        (Err(start), Err(_))
            if is_local(&window.start, zone.as_ref()) && is_local(&window.end, zone.as_ref()) =>
        {
            return Err(vec![*start]);
        }
        (start, end) => return Err([start, end].into_iter().filter_map(Result::err).map(|it| *it).collect()),
    };
    let keep = window.keep.map_or(std::time::Duration::ZERO, |it| it.node);
    let Ok(length) = std::time::Duration::try_from(end.duration_since(start)) else {
        return Err(vec![backwards(window)]);
    };
    if length.is_zero() {
        return Err(vec![backwards(window)]);
    }
    match window.keep {
        Some(keep) if keep.node >= length => Err(vec![
            Diagnostic::error(
                "HR042",
                keep.span,
                "the window is no longer than what is kept free at its end",
            )
            .label(format!("the window is {} long", crate::scalar::format_duration(length)))
            .help("keep less, or make the window longer"),
        ]),
        _ => Ok(ResolvedWindow { start, end, keep }),
    }
}

/// A change is a matter of hours; what is open for longer is most often a wrong month or year.
const LONGEST_DAYS: u64 = 31;

/// A warning for a window that is open for longer than any change takes.
pub(super) fn too_long(window: &Window, it: &ResolvedWindow) -> Option<Diagnostic> {
    let length = std::time::Duration::try_from(it.end.duration_since(it.start)).ok()?;
    let days = length.as_secs() / (24 * 60 * 60);
    (days > LONGEST_DAYS).then(|| {
        Diagnostic::warning("HR037", window.end.span, format!("the window is open for {days} days"))
            .related(window.start.span, "it starts here")
            .help("write the day on which the change ends, or leave the window out")
    })
}

fn backwards(window: &Window) -> Diagnostic {
    let help = match a_day_later(window) {
        Some(end) => format!("a night ends on the next day: {end}"),
        None => "write the start first: `window START .. END`".to_owned(),
    };
    Diagnostic::error("HR042", window.end.span, "the window does not end after it starts")
        .related(window.start.span, "it starts here")
        .help(help)
}

/// The end on the day after, when start and end have one date and the end is the earlier hour.
fn a_day_later(window: &Window) -> Option<String> {
    let (start, end) = (Pieces::parse(&*window.start.node).ok()?, Pieces::parse(&*window.end.node).ok()?);
    let is_night = start.date() == end.date() && end.time() < start.time();
    let next = is_night.then(|| end.date().tomorrow().ok()).flatten()?;
    Some(window.end.node.replacen(&end.date().to_string(), &next.to_string(), 1))
}

type Moment = Result<Timestamp, Box<Diagnostic>>;

fn wrong(code: &'static str, text: &Spanned<Arc<str>>, message: String, help: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(code, text.span, message).help(help))
}

fn zone(name: &Spanned<Arc<str>>) -> Result<TimeZone, Box<Diagnostic>> {
    // The database that is part of the program: a machine's own may be missing, or from another year.
    let database = TimeZoneDatabase::bundled();
    database.get(&name.node).map_err(|_| {
        let known: Vec<String> = database.available().map(|it| it.as_str().to_owned()).collect();
        let near = nearest(&name.node, known.iter().map(String::as_str));
        let help = near.map_or_else(
            || "zones are called like \"Europe/Berlin\"".to_owned(),
            |near| format!("did you mean \"{near}\"?"),
        );
        wrong("HR043", name, format!("there is no time zone \"{}\"", name.node), help)
    })
}

fn no_moment(text: &Spanned<TimeText>) -> Box<Diagnostic> {
    // It has the form of a time, or it would be none for the parser.
    let is_day = text.node.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
    let help = if is_day {
        "a day has the hours 00 to 23, and an hour the minutes 00 to 59"
    } else {
        "there is no such day"
    };
    wrong("HR043", text, format!("{} is not a point in time", text.node), help.to_owned())
}

/// Whether nothing says where a time is the local one.
fn is_local(text: &Spanned<TimeText>, zone: Option<&TimeZone>) -> bool {
    zone.is_none()
        && Pieces::parse(&*text.node).is_ok_and(|it| it.time().is_some() && it.to_numeric_offset().is_none())
}

fn moment(text: &Spanned<TimeText>, zone: Option<&TimeZone>) -> Moment {
    let pieces = Pieces::parse(&*text.node).map_err(|_| no_moment(text))?;
    let local = pieces.date().to_datetime(pieces.time().ok_or_else(|| no_moment(text))?);
    match (pieces.to_numeric_offset(), zone) {
        (None, None) => {
            let help =
                "write the zone behind the window, as in `in \"Europe/Berlin\"`, or an offset, as in +01:00";
            let message = format!("{} is a local time, and nothing says where", text.node);
            Err(wrong("HR043", text, message, help.to_owned()))
        }
        (None, Some(zone)) => in_zone(text, local, zone),
        (Some(offset), None) => at(text, offset, local),
        (Some(offset), Some(zone)) => with_offset(text, at(text, offset, local)?, offset, zone),
    }
}

/// A time with an offset where a zone is given too: they have to agree.
fn with_offset(text: &Spanned<TimeText>, at: Timestamp, offset: Offset, zone: &TimeZone) -> Moment {
    if zone.to_offset(at) == offset {
        return Ok(at);
    }
    let message = format!("{} has an offset that the zone does not have then", text.node);
    let help = format!("write {}, or leave the offset to the zone", show(at, zone));
    Err(wrong("HR043", text, message, help))
}

/// A local time in a zone; one that does not exist or exists twice is told with what may have been meant.
fn in_zone(text: &Spanned<TimeText>, local: DateTime, zone: &TimeZone) -> Moment {
    let (what, first, second) = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => return at(text, offset, local),
        AmbiguousOffset::Gap { before, after } => ("does not exist", after, before),
        AmbiguousOffset::Fold { before, after } => ("exists twice", before, after),
    };
    let name = zone.iana_name().unwrap_or("this zone");
    let (first, second) = (at(text, first, local)?, at(text, second, local)?);
    let message = format!("{} {what} in {name}: the clocks are changed then", text.node);
    Err(wrong("HR044", text, message, format!("write {} or {}", show(first, zone), show(second, zone))))
}

fn at(text: &Spanned<TimeText>, offset: Offset, local: DateTime) -> Moment {
    offset.to_timestamp(local).map_err(|_| no_moment(text))
}

fn show(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M%:z").to_string()
}
