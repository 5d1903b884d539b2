//! What tests of whole programs share: modules out of a table, and messages as one can read them in a diff.

use std::collections::BTreeMap;

use hcxrun_dsl::syntax::UseTarget;
use hcxrun_dsl::{Diagnostic, Loader, ModuleText, Program, Severity, Sources, codes::CODES, load};

/// Modules by the name that a `use` gives.
pub(crate) struct Table(pub(crate) BTreeMap<&'static str, &'static str>);

impl Loader for Table {
    fn module(&mut self, target: &UseTarget, _from: &str) -> Result<ModuleText, String> {
        let (name, file) = match target {
            UseTarget::Std(name) => (name, format!("stdlib/{name}.hcxrun")),
            UseTarget::File(path) => (path, path.trim_start_matches("./").to_owned()),
        };
        match self.0.get(&**name) {
            Some(text) => Ok(ModuleText::file(file, *text)),
            None => Err(format!("there is no file {file}")),
        }
    }

    fn names(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }
}

/// Loads a text with these modules.
pub(crate) fn program(text: &str, modules: &[(&'static str, &'static str)]) -> (Program, Vec<Diagnostic>) {
    load(&ModuleText::file("a.hcxrun", text), &mut Table(modules.iter().copied().collect()))
}

/// Everything that a message says, part by part.
pub(crate) fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    if diagnostics.is_empty() {
        return "nothing wrong\n".to_owned();
    }
    diagnostics.iter().map(|it| message(sources, it)).collect()
}

fn message(sources: &Sources, it: &Diagnostic) -> String {
    assert!(CODES.iter().any(|code| code.code == it.code), "{} is not in the table of codes", it.code);
    let kind = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut text = format!("{kind}[{}]: {}\n", it.code, it.message);
    let shown = sources.slice(it.label.span).lines().next().unwrap_or_default();
    text.push_str(&format!("  at      {} `{shown}` {}\n", sources.position(it.label.span), it.label.text));
    for label in &it.related {
        text.push_str(&format!("  see     {} {}\n", sources.position(label.span), label.text));
    }
    for (word, part) in [("origin ", &it.origin), ("help   ", &it.help)] {
        if let Some(part) = part {
            text.push_str(&format!("  {word} {part}\n"));
        }
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// A module to use: a check, a change that can be taken back, one that cannot, and one without a bound.
const LAB: &str = r#"edition 1
api manager { input url: url }
type site = { name: string, gateway: ifaddr? }
action look { input on: manager require on.get("/up").ok else "down" output id = on.get("/up").id output text = "${on}" }
action scale {
  input on: manager
  input count: number
  input mode: "fast" | "safe" = "safe"
  let now = on.get("/scale")
  done when now.count == count
  change "scale to ${count}" on.put("/scale", { count: count, mode: mode })
  undo "scale back to ${before.now.count}" on.put("/scale", before.now)
  poll every 5s for 10m
  touches "scale"
  output count = now.count
}
action name {
  input on: manager
  input of: string
  let found = on.get("/things/${of}")
  done when found.named
  change "name ${of}" on.put("/things/${found.id}")
  undo "take the name of ${of} away" on.delete("/things/${found.id}")
  poll every 5s for 10m
  touches "thing/${found.id}", "name/${of}"
}
action route {
  input on: manager
  input network: cidr
  input gateway: ifaddr
  input from: version?
  input wait: duration = 5s
  input key: secret?
  input at: site?
  require on.get("/routes/${network}/${gateway}/${from ?? 4.0.0}/${wait}/${at}").ok else "no route"
  require key == null else "no key is wanted"
}
action cut {
  input on: manager
  done when on.get("/cut").done
  change "cut over" on.post("/cut")
  irreversible "the old side is gone"
  poll every 5s for 10m
}
action slow {
  input on: manager
  done when on.get("/slow").done
  change "do it" on.post("/slow")
  undo "do it not" on.delete("/slow")
}
"#;

/// What stands around a case of a runbook: all of it in the first line, so that the case begins in the second.
const RUNBOOK: &str =
    r#"edition 1 runbook "t" { } use lab system one: lab.manager step base: lab.look { on = one }"#;
const MODULE: &str = "edition 1 api manager { input url: url }";

/// Checks cases, and keeps text and messages together.
#[track_caller]
fn table(name: &str, cases: &[(&str, &str)], first_line: &str) {
    let mut all = String::new();
    for (title, text) in cases {
        let text = text.trim();
        let (program, found) = program(&format!("{first_line}\n{text}\n"), &[("lab", LAB), ("./lab", LAB)]);
        all.push_str(&format!("══ {title}\n{}\n──\n{}\n", numbered(text), render(&program.sources, &found)));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, all);
    });
}

fn numbered(text: &str) -> String {
    let lines = text.lines().enumerate();
    lines.map(|(at, line)| format!("{:>2} {line}", at + 2)).collect::<Vec<_>>().join("\n")
}

/// Cases of a runbook that uses `lab`, has the system `one` and ends with the step `base`.
#[track_caller]
pub(crate) fn runbooks(name: &str, cases: &[(&str, &str)]) {
    table(name, cases, RUNBOOK);
}

/// Cases of a module with the api `manager`.
#[track_caller]
pub(crate) fn modules(name: &str, cases: &[(&str, &str)]) {
    table(name, cases, MODULE);
}

/// Cases that stand alone.
#[track_caller]
pub(crate) fn files(name: &str, cases: &[(&str, &str)]) {
    table(name, cases, "edition 1");
}
