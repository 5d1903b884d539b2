//! `hcxrun lsp`, asked by an editor in the words of the protocol.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/editor.rs"]
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::needless_pass_by_value,
    reason = "shared with a benchmark"
)]
mod editor;

use std::path::PathBuf;

use common::{HCXRUN, Night};
use editor::{Editor, about, behind};
use serde_json::{Value, json};

const TEXT: &str = r#"edition 1

/// Extends one network.
runbook "Extend" {
  window 2026-11-28T22:00 .. 2026-11-29T04:00 in "Europe/Berlin"
}

use hcx
use "./own.hcxrun" as own

system source: hcx.manager
system cloud:  hcx.manager

/// as the machines have it
input gateway: ifaddr = 10.20.30.1/24
input networks: list<{ name: string, size: number }>

let patience = 90m
let names    = networks.map(n => n.name)

phase before {
  // Both must
  // answer.
  step source_side: hcx.check_manager { site = source }
  step own_side: own.look {
    site = source
    mode = "FAST"
  }
}

phase work {
  step said for n in networks by n.name: own.look {
    site = cloud
    mode = "SLOW"
    note = "${n.name} after ${source_side.version} come ${names.count()}: “ä𝒳” ${gateway.network}, ${patience}"

    timeout 90m
  }
}
"#;

const OWN: &str = r#"edition 1

use hcx

/// Looks, and changes nothing.
action look {
  input site: hcx.manager
  /// how
  input mode: "FAST" | "SLOW"
  input note: string = ""

  require note != "no" else "it was told not to"
  output mode = mode
}
"#;

struct Desk {
    night: Night,
    editor: Editor,
    path: PathBuf,
}

impl Desk {
    fn new() -> Self {
        Self::with(TEXT)
    }

    fn with(text: &str) -> Self {
        let night = Night::bare();
        night.write("own.hcxrun", OWN);
        let path = night.write("extend.hcxrun", text);
        let mut editor = Editor::start(HCXRUN, path.parent().unwrap());
        editor.open(&path, text);
        Self { night, editor, path }
    }

    fn ask(&mut self, method: &str, more: Value) -> Value {
        self.editor.about(method, &self.path, more)
    }

    fn at(&mut self, method: &str, part: &str) -> Value {
        self.ask(method, json!({ "position": behind(TEXT, part) }))
    }

    /// The labels of what can be written behind a part of a text: what the editor puts first comes first.
    fn completions(&mut self, version: i64, text: &str, part: &str) -> Vec<String> {
        self.editor.replace(&self.path, version, text);
        let items = self.ask("completion", json!({ "position": behind(text, part) }));
        let mut items = items.as_array().unwrap().clone();
        let rank = |it: &Value| it["sortText"].as_str().or(it["label"].as_str()).unwrap().to_owned();
        items.sort_by_key(rank);
        let shown = |it: &Value| match it["detail"].as_str() {
            Some(detail) => format!("{}  ({detail})", it["label"].as_str().unwrap()),
            None => it["label"].as_str().unwrap().to_owned(),
        };
        items.iter().map(shown).collect()
    }

    /// Without what hangs on where the test runs.
    fn shown(&self, it: &Value) -> String {
        let folder = editor::uri(self.path.parent().unwrap());
        serde_json::to_string_pretty(it).unwrap().replace(&folder, "file://…")
    }
}

/// The text of a range: what the server points at.
fn slice(text: &str, range: &Value) -> String {
    if range.is_null() {
        return String::new();
    }
    let offset = |at: &Value| {
        let line = usize::try_from(at["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let units = usize::try_from(at["character"].as_u64().unwrap()).unwrap();
        let before = text[start..].chars().scan(0, |seen, c| {
            let is_before = *seen < units;
            *seen += c.len_utf16();
            is_before.then_some(c.len_utf8())
        });
        start + before.sum::<usize>()
    };
    text[offset(&range["start"])..offset(&range["end"])].to_owned()
}

#[test]
fn what_is_wrong_is_told_while_somebody_types() {
    let mut desk = Desk::new();
    assert_eq!(desk.editor.diagnostics(&desk.path, 1), Vec::<Value>::new());
    let broken = TEXT.replace("hcx.check_manager {", "hcx.chek_manager {").replace("90m\nlet", "90\nlet");
    desk.editor.replace(&desk.path, 2, &broken);
    let told = desk.editor.diagnostics(&desk.path, 2);
    insta::assert_snapshot!(desk.shown(&json!(told)));
    desk.editor.replace(&desk.path, 3, TEXT);
    assert_eq!(desk.editor.diagnostics(&desk.path, 3), Vec::<Value>::new());
    assert_eq!(desk.editor.end(), Some(0));
}

#[test]
fn nothing_is_told_twice_in_one_message() {
    let text = TEXT
        .replace("mode = \"FAST\"", "mode = \"FAST\"\n    note = 2")
        .replace("step own_side", "step source_side");
    let mut desk = Desk::with(&text);
    let told = desk.editor.diagnostics(&desk.path, 1);
    let messages: Vec<_> = told.iter().map(|it| it["message"].as_str().unwrap()).collect();
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn a_change_of_some_signs_is_counted_in_utf16() {
    let mut desk = Desk::new();
    let end = behind(TEXT, "“ä𝒳”");
    let start = behind(TEXT, "“ä");
    let change = json!({ "range": { "start": start, "end": end }, "text": "${nothing}" });
    desk.editor.change(&desk.path, 2, change);
    let told = desk.editor.diagnostics(&desk.path, 2);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(slice(&TEXT.replace("𝒳”", "${nothing}"), &told[0]["range"]), "nothing");
}

#[test]
fn hover_tells_what_a_name_means() {
    let mut desk = Desk::new();
    let mut told = String::new();
    for part in [
        "own_side: own.lo",
        "mode = \"FAST",
        "${gate",
        "names.cou",
        "let nam",
        "said for n",
        "system clo",
        "source_side.vers",
    ] {
        let hover = desk.at("hover", part);
        let text = hover["contents"]["value"].as_str().unwrap_or("nothing");
        told += &format!("### {part}| → `{}`\n{text}\n\n", slice(TEXT, &hover["range"]));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn hover_over_an_action_of_the_library_is_its_contract() {
    let text = TEXT.replace("own_side: own.look", "own_side: hcx.activate_ha");
    let mut desk = Desk::with(&text);
    let hover = desk.ask("hover", json!({ "position": behind(&text, "hcx.activate") }));
    insta::assert_snapshot!(hover["contents"]["value"].as_str().unwrap());
}

#[test]
fn hover_tells_what_a_word_of_the_language_says() {
    let text = r#"edition 1

runbook "Words" {
  ticket     "CHG1"
  on failure rollback phase
}

use hcx

system source:  hcx.manager

input mesh:     string = "a  // b"   /// its name
input rows:     list<{
  name: string,   // by it
  net:  cidr?
}>

step roles for row in rows by row.name: hcx.check_manager {
  site  = source
  retry 3 every 10s..2m
  when  not (mesh == row.name)
}

output seen = roles["a"].version
"#;
    let mut desk = Desk::with(text);
    let mut told = String::new();
    for part in [
        "runb",
        "tick",
        "on fail",
        "rollback ph",
        "syst",
        "system sour",
        "inp",
        "input me",
        "input ro",
        "lis",
        "cid",
        "step roles fo",
        "for ro",
        "retr",
        "3 eve",
        "when  no",
        "roles[\"a\"].vers",
        "output se",
    ] {
        let hover = desk.ask("hover", json!({ "position": behind(text, part) }));
        let shown = hover["contents"]["value"].as_str().unwrap_or("nothing");
        told += &format!("### {part}| → `{}`\n{shown}\n\n", slice(text, &hover["range"]));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_can_be_written_is_known_in_a_broken_text() {
    let mut desk = Desk::new();
    let mut told = String::new();
    let cases = [
        // An action, of a module and of all.
        ("  step x: own.\n}\n", "step x: own."),
        ("  step x: own.lo\n", "step x: own.lo"),
        // Arguments that are missing, and clauses.
        ("  step x: own.look {\n    note = \"\"\n    \n  }\n}\n", "note = \"\"\n    "),
        // Words of a choice.
        ("  step x: own.look {\n    mode = \"\"\n  }\n}\n", "mode = \""),
        ("  step x: own.look {\n    mode = \n  }\n}\n", "mode = "),
        // What fits comes first: a system, a text.
        ("  step x: own.look {\n    site = \n  }\n}\n", "x: own.look {\n    site = "),
        (
            "  step x: own.look {\n    note = \n  }\n}\ninput title: string\nlet short = title.lower()\n",
            "note = ",
        ),
        // Neither the step itself nor what comes after it, but another branch.
        (
            "  parallel {\n    step x: own.look {\n      after \n    }\n    step y: own.look { }\n  }\n  step z: own.look { }\n}\n",
            "      after ",
        ),
        ("  step x for n in networks by \n}\n", "x for n in networks by "),
        // Outputs of a step, fields of a record, methods.
        ("  step x: own.look {\n    note = own_side.\n  }\n}\n", "note = own_side."),
        ("  step x: own.look {\n    note = gateway.\n  }\n}\n", "note = gateway."),
        ("  step x for n in networks by n.: own.look { }\n}\n", "by n."),
        ("  step x: own.look {\n    note = \"${names.c}\"\n  }\n}\n", "names.c"),
        ("  step x: own.look {\n    after \n  }\n}\n", "after "),
        ("  step x: own.look {\n    on failure \n  }\n}\n", "on failure "),
        ("  // a comment ", "a comment "),
        ("}\n\nsystem third: hcx.", "third: hcx."),
        ("}\n\ninput third: ", "third: "),
        ("}\n\nuse ", "\n\nuse "),
        // What may stand once and is there is not proposed again.
        ("  on failure hold\n  \n}\n", "on failure hold\n  "),
        ("  step x: own.look {\n    limit 2\n    after own_side\n    \n  }\n}\n", "after own_side\n    "),
        ("}\n\n", "phase later {\n}\n\n"),
    ];
    let whole = TEXT.split_once("phase work").unwrap().0;
    for (version, (more, part)) in (2..).zip(cases) {
        let text = format!("{whole}phase later {{\n{more}");
        let text = text.replace("use hcx\n", if part.ends_with("use ") { "" } else { "use hcx\n" });
        let found = desk.completions(version, &text, part);
        told += &format!("### {part:?}\n{}\n\n", found.join("\n"));
    }
    insta::assert_snapshot!(told);
}

/// The answer to one request about a text, for an editor that says of itself what it can.
fn answer_for(capabilities: &Value, text: &str, method: &str, position: &Value) -> Value {
    let night = Night::bare();
    let path = night.write("night.hcxrun", text);
    let document = json!({ "uri": editor::uri(&path), "languageId": "hcxrun", "version": 1, "text": text });
    let messages = [
        json!({ "id": 1, "method": "initialize", "params": { "capabilities": capabilities } }),
        json!({ "method": "initialized", "params": {} }),
        json!({ "method": "textDocument/didOpen", "params": { "textDocument": document } }),
        json!({ "id": 2, "method": method, "params": about(&path, json!({ "position": position })) }),
        json!({ "id": 3, "method": "shutdown" }),
        json!({ "method": "exit" }),
    ];
    let framed = messages.map(|mut it| {
        it["jsonrpc"] = json!("2.0");
        format!("Content-Length: {}\r\n\r\n{it}", it.to_string().len())
    });
    let input = night.write("asked", &framed.concat());
    let mut server = std::process::Command::new(HCXRUN);
    let server = server.arg("lsp").env("XDG_CACHE_HOME", night.dir.path());
    let output = server.stdin(std::fs::File::open(input).unwrap()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let bodies = said.split("Content-Length: ").filter_map(|it| it.split_once("\r\n\r\n"));
    let mut answers = bodies.map(|(_, body)| serde_json::from_str::<Value>(body).unwrap());
    answers.find(|it| it["id"] == 2).unwrap()["result"].clone()
}

#[test]
fn an_action_comes_with_its_arguments_where_the_editor_goes_through_them() {
    let begun = TEXT.split_once("phase work").unwrap().0.to_owned();
    let snippets =
        json!({ "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } } });
    let mut told = String::new();
    for (capabilities, step, part) in [
        (&snippets, "step x: hcx.scale_app\n", "hcx.scale_app"),
        (&snippets, "step x: \n", "step x: "),
        (&snippets, "step x: hcx.scale_app {\n}\n", "hcx.scale_app"),
        (&json!({}), "step x: hcx.scale_app\n", "hcx.scale_app"),
    ] {
        let text = format!("{begun}{step}");
        let items = answer_for(capabilities, &text, "textDocument/completion", &behind(&text, part));
        let is_it = |it: &&Value| it["label"].as_str().unwrap().ends_with("scale_appliances");
        let item = items.as_array().unwrap().iter().find(is_it).unwrap();
        told += &format!(
            "### {step:?}, {}\n{}\n\n",
            item["insertTextFormat"].as_i64().map_or("a text", |_| "a snippet"),
            item["insertText"].as_str().unwrap_or(item["label"].as_str().unwrap())
        );
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_name_leads_to_where_it_is_declared() {
    let mut desk = Desk::new();
    let mut told = String::new();
    for part in [
        "site = sou",
        "own_side: own.lo",
        "own_side: ow",
        "${gate",
        "by n",
        "n.na",
        "mode = \"FAST",
        "    mo",
        "hcx.check_mana",
    ] {
        let found = desk.at("definition", part);
        let file = found["uri"].as_str().map_or("nowhere", |uri| {
            uri.rsplit_once("/.cache/").map_or_else(|| uri.rsplit('/').next().unwrap(), |(_, path)| path)
        });
        let line = &found["range"]["start"]["line"];
        told += &format!(
            "{part}| → {file}{}\n",
            line.as_u64().map_or(String::new(), |line| format!(" line {}", line + 1))
        );
    }
    insta::assert_snapshot!(told);
}

#[test]
fn the_library_can_be_opened_where_a_definition_leads() {
    let mut desk = Desk::new();
    let found = desk.at("definition", "hcx.check_mana");
    let path = PathBuf::from(found["uri"].as_str().unwrap().strip_prefix("file://").unwrap());
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(slice(&text, &found["range"]), "check_manager");
    desk.editor.open(&path, &text);
    assert_eq!(desk.editor.diagnostics(&path, 1), Vec::<Value>::new(), "its module is whole there");
}

#[test]
fn references_reach_other_files() {
    let mut desk = Desk::new();
    let found = desk.ask(
        "references",
        json!({ "position": behind(TEXT, "own_side: own.lo"), "context": { "includeDeclaration": true } }),
    );
    let mut places: Vec<String> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let file = it["uri"].as_str().unwrap().rsplit('/').next().unwrap();
            let text = if file == "own.hcxrun" { OWN } else { TEXT };
            format!(
                "{file}:{} {}",
                it["range"]["start"]["line"].as_u64().unwrap() + 1,
                slice(text, &it["range"])
            )
        })
        .collect();
    places.sort();
    insta::assert_snapshot!(places.join("\n"));
}

#[test]
fn another_name_is_given_everywhere_at_once() {
    let mut desk = Desk::new();
    let edit =
        desk.ask("rename", json!({ "position": behind(TEXT, "own_side: own.lo"), "newName": "regard" }));
    insta::assert_snapshot!(desk.shown(&edit));
}

#[test]
fn a_name_that_is_taken_or_not_ours_is_refused() {
    let mut desk = Desk::new();
    let mut told = String::new();
    for (part, name) in [
        ("input gate", "networks"),
        ("input gate", "if"),
        ("input gate", "two words"),
        ("input gate", "n"),
        ("hcx.check_mana", "look"),
        ("edition", "x"),
    ] {
        let params = about(&desk.path, json!({ "position": behind(TEXT, part), "newName": name }));
        let answer = desk.editor.answer("textDocument/rename", params);
        told += &format!("{part}| → {name}: {}\n", answer["error"]["message"].as_str().unwrap_or("done"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_proposal_of_a_message_is_one_key_away() {
    let broken = TEXT
        .replace("hcx.check_manager {", "hcx.chek_manager {")
        .replace("use hcx\n", "use hcx;\n")
        .replace("networks.map", "networks.mapp");
    insta::assert_snapshot!(proposals(&broken));
}

/// What can be done about a text: each with the part that it puts another in the place of.
fn proposals(text: &str) -> String {
    let mut desk = Desk::with(text);
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let actions = desk.ask("codeAction", json!({ "range": whole, "context": { "diagnostics": [] } }));
    let mut told = String::new();
    for it in actions.as_array().unwrap() {
        let edits = it["edit"]["changes"].as_object().unwrap().values().next().unwrap();
        let (old, new) = (slice(text, &edits[0]["range"]), &edits[0]["newText"]);
        told += &format!("{}: {old:?} → {new}\n", it["title"].as_str().unwrap());
    }
    told
}

#[test]
fn a_misspelt_policy_and_a_misspelt_module_are_mended() {
    let policy = TEXT.replace("phase work {", "phase work {\n  on failure rolback");
    let module = TEXT.replace("use hcx\n", "use hxc\n");
    insta::assert_snapshot!([policy, module].map(|text| proposals(&text)).join("\n"));
}

#[test]
fn what_a_step_lacks_is_given_by_what_has_its_name() {
    let head = "edition 1\n\nrunbook \"Lacks\" { }\n\nuse hcx\nuse \"./own.hcxrun\" as own\n\nsystem site: hcx.manager\n\ninput mesh: string\n\n";
    let steps = [
        "step a: hcx.scale_appliances { site = site }",
        "step a: hcx.scale_appliances { }",
        "step a: hcx.scale_appliances {}",
        "phase p {\n  step a: hcx.scale_appliances {\n    site = site // here\n\n    timeout 5m\n  }\n}",
        "step a: hcx.scale_appliances {\n}",
        // Nothing has the name, or what has it is of another type.
        "step a: own.look { site = site }",
        "step a: own.look { site = site }\ninput mode: number",
    ];
    let told = steps.map(|step| format!("{step}\n──\n{}", proposals(&format!("{head}{step}\n"))));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_layout_is_that_of_hcxrun_fmt() {
    let mut desk = Desk::with(&TEXT.replace("let patience = ", "let   patience="));
    let edits = desk.ask("formatting", json!({ "options": { "tabSize": 8, "insertSpaces": false } }));
    assert_eq!(edits[0]["newText"].as_str().unwrap(), hcxrun_dsl::format(TEXT));
    desk.editor.replace(&desk.path, 2, &hcxrun_dsl::format(TEXT));
    assert_eq!(
        desk.ask("formatting", json!({ "options": { "tabSize": 8, "insertSpaces": false } })),
        Value::Null
    );
}

#[test]
fn the_outline_is_the_runbook() {
    fn lines(symbols: &Value, depth: usize) -> String {
        let line = |it: &Value| {
            let own = format!(
                "{}{} ({})\n",
                "  ".repeat(depth),
                it["name"].as_str().unwrap(),
                it["detail"].as_str().unwrap()
            );
            own + &it.get("children").map_or(String::new(), |children| lines(children, depth + 1))
        };
        symbols.as_array().unwrap().iter().map(line).collect()
    }
    let mut desk = Desk::new();
    insta::assert_snapshot!(lines(&desk.ask("documentSymbol", json!({})), 0));
}

#[test]
fn blocks_and_comments_fold() {
    let mut desk = Desk::new();
    let ranges = desk.ask("foldingRange", json!({}));
    let lines: Vec<&str> = TEXT.lines().collect();
    let line = |it: &Value| {
        let at = |key: &str| usize::try_from(it[key].as_u64().unwrap()).unwrap();
        format!("{} … {}", lines[at("startLine")].trim(), lines[at("endLine")].trim())
    };
    insta::assert_snapshot!(ranges.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn names_have_their_colours() {
    let mut desk = Desk::new();
    let initialized =
        ["namespace", "type", "interface", "function", "parameter", "variable", "property", "event"];
    let data = desk.ask("semanticTokens/full", json!({}));
    let numbers: Vec<u64> = data["data"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect();
    let (mut line, mut start, mut told) = (0, 0, String::new());
    for token in numbers.chunks(5) {
        start = if token[0] == 0 { start + token[1] } else { token[1] };
        line += token[0];
        let range = json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": start + token[2] } });
        let declares = if token[4] == 1 { ", declared" } else { "" };
        told += &format!(
            "{} {} ({}{declares})\n",
            line + 1,
            slice(TEXT, &range),
            initialized[usize::try_from(token[3]).unwrap()]
        );
    }
    insta::assert_snapshot!(told);
}

#[test]
fn hints_tell_units() {
    let mut desk = Desk::new();
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let hints = desk.ask("inlayHint", json!({ "range": whole }));
    let lines: Vec<&str> = TEXT.lines().collect();
    let line = |it: &Value| {
        let at = usize::try_from(it["position"]["line"].as_u64().unwrap()).unwrap();
        let column = usize::try_from(it["position"]["character"].as_u64().unwrap()).unwrap();
        format!("{}⟨{}⟩{}", &lines[at][..column], it["label"].as_str().unwrap(), &lines[at][column..])
    };
    insta::assert_snapshot!(hints.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_cannot_be_answered_is_an_error_and_no_end() {
    let mut desk = Desk::new();
    let unknown = desk.night.write("unknown.hcxrun", "");
    let hover = about(&unknown, json!({ "position": { "line": 0, "character": 0 } }));
    for (method, params) in
        [("textDocument/hover", hover), ("textDocument/hover", json!({})), ("no/such", json!({}))]
    {
        let answer = desk.editor.answer(method, params);
        assert!(answer["error"]["message"].is_string(), "{answer}");
    }
    let far = json!({ "position": { "line": 9999, "character": 9999 } });
    for method in ["hover", "definition", "completion"] {
        let _ = desk.editor.answer(&format!("textDocument/{method}"), about(&desk.path, far.clone()));
    }
    assert_eq!(desk.editor.end(), Some(0));
}

#[test]
fn a_text_that_stops_anywhere_is_answered() {
    let mut desk = Desk::new();
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let ends = TEXT.char_indices().map(|(at, _)| at).step_by(37);
    for (version, end) in (2..).zip(ends) {
        let text = &TEXT[..end];
        desk.editor.replace(&desk.path, version, text);
        for method in ["hover", "completion", "definition"] {
            desk.ask(method, json!({ "position": behind(text, text) }));
        }
        for method in ["documentSymbol", "foldingRange", "semanticTokens/full", "inlayHint", "codeAction"] {
            desk.ask(method, json!({ "range": whole, "context": { "diagnostics": [] } }));
        }
    }
    assert_eq!(desk.editor.end(), Some(0));
}
