use crate::support::{files, program};

#[test]
fn windows() {
    let cases = [
        ("a local window", "window 2026-11-28T22:00 .. 2026-11-29T04:00 in \"Europe/Berlin\" keep 15m"),
        ("with offsets", "window 2026-11-28T22:00+01:00 .. 2026-11-29T03:00Z"),
        ("backwards", "window 2026-11-29T04:00Z .. 2026-11-28T22:00Z"),
        ("over midnight, with one date", "window 2026-11-28T22:00Z .. 2026-11-28T04:00Z"),
        ("empty", "window 2026-11-29T04:00Z .. 2026-11-29T05:00+01:00"),
        ("all of it kept", "window 2026-11-28T22:00Z .. 2026-11-28T23:00Z keep 1h"),
        ("no zone", "window 2026-11-28T22:00 .. 2026-11-28T23:00"),
        ("a zone that is not there", "window 2026-11-28T22:00 .. 2026-11-28T23:00 in \"Europe/Berln\""),
        ("a time that does not exist", "window 2026-03-29T01:30 .. 2026-03-29T02:30 in \"Europe/Berlin\""),
        ("a time that exists twice", "window 2026-10-25T02:30 .. 2026-10-25T04:00 in \"Europe/Berlin\""),
        (
            "a time that exists twice, told apart",
            "window 2026-10-25T02:30+02:00 .. 2026-10-25T02:30+01:00 in \"Europe/Berlin\"",
        ),
        (
            "an offset that the zone has not",
            "window 2026-11-28T22:00+02:00 .. 2026-11-28T23:00 in \"Europe/Berlin\"",
        ),
        ("a day that does not exist", "window 2026-02-30T22:00Z .. 2026-03-01T23:00Z"),
    ];
    let texts: Vec<_> =
        cases.iter().map(|(title, window)| (*title, format!("runbook \"t\" {{ {window} }}"))).collect();
    let cases: Vec<_> = texts.iter().map(|(title, text)| (*title, text.as_str())).collect();
    files("windows", &cases);
}

#[test]
fn a_window_is_two_points_in_time() {
    let text = "edition 1\nrunbook \"t\" { window 2026-10-25T01:00 .. 2026-10-25T04:00 in \"Europe/Berlin\" keep 15m }";
    let window = hcxrun_dsl::window(&program(text, &[]).0).unwrap();
    assert_eq!(window.start.to_string(), "2026-10-24T23:00:00Z");
    assert_eq!(window.end.to_string(), "2026-10-25T03:00:00Z");
    assert_eq!(window.keep.as_secs(), 900);
    assert!(hcxrun_dsl::window(&program("edition 1\nrunbook \"t\" { }", &[]).0).is_none());
}
