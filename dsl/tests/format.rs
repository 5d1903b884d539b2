//! The one layout: what it looks like, and what it never does.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod repository;

use std::sync::LazyLock;

use hcxrun_dsl::{ModuleText, format, load};
use proptest::prelude::*;
use repository::{Repository, entries, root, text};

#[test]
fn what_stands_under_what() {
    let untidy = r#"
edition   1
/// Two networks.
runbook "Networks"{
ticket "CHG1"
    // not yet: window 2026-11-28T22:00..2026-11-29T04:00 in "Europe/Berlin"
        window 2026-11-28T22:00..2026-11-29T04:00
  on failure   rollback
}


use hcx
system source:hcx.manager // here
system cloud : hcx.manager // there
input networks:list< string >=[ "a" ,"b" ]/// their names
input mesh :string

phase look {

  parallel{
    step one: hcx.check_manager{site=source}
    step another: hcx.check_manager { site=cloud }
  }
step extended for n in networks by n:hcx.check_extended{
source = source
  network= n   // at the source
retry 3 every 5s .. 1m
     timeout 10m

}
}
let waits = if networks.count()>2 and not( mesh=="x" ) then - 1
else 0
"#;
    insta::assert_snapshot!(format(untidy));
}

#[test]
fn values_go_on_in_the_next_line() {
    let untidy = r#"edition 1
action find {
  input site: manager
  let found = site.query("/a",
          { filter:{ kind:"x" } }).items
        .where(a => a.id == 1
     and a.name != null)
  let all = [
   1, 2, // small
         3
      ].map(n => n*2)
  require found.any()
  else "nothing"
  change "make it" site.post("/a", {
name: "x", tags:[]
  , more: {} })
}
"#;
    insta::assert_snapshot!(format(untidy));
}

#[test]
fn what_is_broken_stays_and_the_rest_is_laid_out() {
    let untidy = "edition 1\nlet   a =  1\nphase p {\n    step s hcx.x {\n  a   =  2\n }\n  step t:x{ a=1 }\n}\nlet \
                  b = [1,\nphase q {\n      step u:x{ a=1 }\n}\n";
    insta::assert_snapshot!(format(untidy));
}

#[test]
fn what_is_none_of_the_language_stays_as_it_is() {
    let untidy = "edition   1\n# See dc1-to-cloud has  10.20.30.1/24. Then; do not\nuse   hcx\n- a:   b\nlet   b = 1\n# the   end";
    let tidy = "edition 1\n# See dc1-to-cloud has  10.20.30.1/24. Then; do not\nuse hcx\n- a:   b\nlet b = 1\n# the   end\n";
    assert_eq!(format(untidy), tidy);
    assert_eq!(format(tidy), tidy);
}

#[test]
fn the_files_of_the_repository_have_it() {
    for (path, text) in FILES.iter() {
        assert_eq!(format(text), *text, "`hcxrun fmt {path}` would change it");
    }
}

/// Every runbook, and every file of the library.
static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let folders = ["runbooks", "stdlib/hcx"];
    let paths = folders.iter().flat_map(|folder| entries(&root().join(folder)));
    let files = paths.filter(|path| path.extension().is_some_and(|it| it == "hcxrun"));
    files.map(|path| (path.display().to_string(), text(&path).unwrap())).collect()
});

/// What an author who does not care does to a line.
#[derive(Debug, Clone)]
enum Untidy {
    Blanks,
    Indented,
    LineEnd,
    Tab,
    BlankLines,
    CommentBefore,
    CommentBehind,
}

fn untidy() -> impl Strategy<Value = (prop::sample::Index, Untidy)> {
    use Untidy::{BlankLines, Blanks, CommentBefore, CommentBehind, Indented, LineEnd, Tab};
    let kinds = vec![Blanks, Indented, LineEnd, Tab, BlankLines, CommentBefore, CommentBehind];
    (any::<prop::sample::Index>(), prop::sample::select(kinds))
}

/// Does it in a line of code; texts and comments are left alone.
fn apply(lines: &mut [String], at: prop::sample::Index, how: &Untidy) {
    let code: Vec<usize> = (0..lines.len())
        .filter(|at| lines.get(*at).is_some_and(|line| !line.contains(['"', '/']) && !line.trim().is_empty()))
        .collect();
    let line = lines.get_mut(*at.get(&code)).unwrap();
    *line = match how {
        Untidy::Blanks => line.replace(' ', "   "),
        Untidy::Indented => format!("       {line}"),
        Untidy::LineEnd => line.replacen(" = ", " =\n ", 1),
        Untidy::Tab => format!("\t{}\t", line.trim()),
        Untidy::BlankLines => format!("\n\n\n{line}\n\n"),
        Untidy::CommentBefore => format!("// before\n{line}"),
        Untidy::CommentBehind => format!("{line} // behind"),
    };
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}').collect()
}

/// The meaning of a file that can be checked by itself.
fn digest(path: &str, text: &str) -> Option<String> {
    let (program, found) = load(&ModuleText::file(path, text), &mut Repository);
    (!found.iter().any(hcxrun_dsl::Diagnostic::is_error)).then(|| program.digest())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn whatever_an_author_does_to_the_layout_comes_back(
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec(untidy(), 1..6),
        ends in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let (path, tidy) = file.get(&FILES);
        let mut lines: Vec<_> = tidy.lines().map(str::to_owned).collect();
        changes.iter().for_each(|(at, how)| apply(&mut lines, *at, how));
        let is_plain = ends == "\n" || !tidy.contains("\"\"\"");
        let untidy = lines.join(if is_plain { ends } else { "\n" });
        let formatted = format(&untidy);
        prop_assert_eq!(format(&formatted), formatted.clone(), "twice is once");
        prop_assert_eq!(without_blanks(&formatted), without_blanks(&untidy), "every word and comment stays");
        if let Some(meant) = digest(path, tidy) {
            prop_assert_eq!(digest(path, &formatted), Some(meant), "it means the same");
        }
    }

    #[test]
    fn of_a_broken_file_every_word_stays_too(
        file in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 1_usize..12,
        put in prop::sample::select(vec!["", "{", "}", "\"", "= =", "step", "\u{feff}", "“", "- a: b\n"]),
    ) {
        let (_, tidy) = file.get(&FILES);
        let chars: Vec<char> = tidy.chars().collect();
        let start = from.index(chars.len());
        let end = (start + length).min(chars.len());
        let broken: String = chars.iter().take(start).chain(&put.chars().collect::<Vec<_>>()).chain(chars.iter().skip(end)).collect();
        let formatted = format(&broken);
        prop_assert_eq!(format(&formatted), formatted.clone(), "twice is once");
        prop_assert_eq!(without_blanks(&formatted), without_blanks(&broken));
    }
}
