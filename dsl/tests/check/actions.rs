use crate::support::modules;

#[test]
fn contracts() {
    modules(
        "contracts",
        &[
            (
                "a change without a way back or an end",
                "action a { input on: manager change \"x\" on.post(\"/x\") }",
            ),
            (
                "undo and irreversible",
                r#"
action a {
  input on: manager
  done when on.get("/x").ok
  change "x" on.post("/x")
  undo "y" on.delete("/x")
  irreversible "z"
}"#,
            ),
            (
                "undone when without undo",
                r#"
action a {
  input on: manager
  done when on.get("/x").ok
  change "x" on.post("/x")
  irreversible "z"
  undone when on.get("/x").bad
}"#,
            ),
            (
                "clauses of a change in a check",
                r#"
action a {
  input on: manager
  require on.get("/x").ok else "no"
  undo "y" on.delete("/x")
  poll every 5s for 1m
  touches "x"
}"#,
            ),
            (
                "a check that waits",
                "action a { input on: manager done when on.get(\"/x\").ok poll every 5s for 1m takes 1s..1m }",
            ),
            ("a check that checks nothing", "action a { output b = 1 }"),
            (
                "a poll without a pause",
                "action a { input on: manager done when on.get(\"/x\").ok poll every 0s for 1m }",
            ),
            (
                "a poll that ends too early",
                "action a { input on: manager done when on.get(\"/x\").ok poll every 5m for 1m }",
            ),
            (
                "takes the wrong way round",
                "action a { input on: manager done when on.get(\"/x\").ok poll every 5s for 1m takes 1m..1s }",
            ),
        ],
    );
}

#[test]
fn scopes() {
    modules(
        "scopes_of_an_action",
        &[
            (
                "what is known where",
                r#"
action a {
  input on: manager
  let now = on.get("/x")
  let task = on.get("/tasks/${response.id}")
  require now.ok else "no"
  done when now.count != before.now.count
  change "x ${now.count}" on.post("/x")
  fail task.error when task.failed
  untouched when now.count == before.now.count after 5s
  undo "back to ${before.now.count}" on.delete("/x/${response.id}")
  undone when now.count == before.now.count
  by hand "look at ${before.on}" when task.gone
  output id = response.id
}"#,
            ),
            (
                "what is not known yet",
                r#"
action a {
  input on: manager
  let task = on.get("/tasks/${response.id}")
  let was = before.on
  require task.ok else "no"
  done when task.done
  change "x ${before.on}" on.post("/x/${response.id}")
  undo "back" on.delete("/x")
  touches "${response.id}"
  output id = before.task
}"#,
            ),
            (
                "a field that before lacks",
                r#"
action a {
  input on: manager
  let now = on.get("/x")
  done when now.ok
  change "x" on.post("/x")
  undo "back to ${before.nwo}" on.delete("/x")
}"#,
            ),
            (
                "a check has no answer",
                "action a { input on: manager done when on.get(\"/x\").ok and response.ok and before.on == null }",
            ),
            ("nothing of a runbook", "action a { require source.get(\"/x\").ok else \"\" }"),
        ],
    );
}

#[test]
fn apis() {
    modules(
        "apis",
        &[
            ("without a url", "api b { input user: string login post(\"/x\", { user: user }) }"),
            ("a login that is not there", "api b { input url: url header \"x\" = login.headers[\"x\"] }"),
            ("login in the login", "api b { input url: url login post(\"/x\", login.body) }"),
            (
                "a field that a login has not",
                "api b { input url: url login post(\"/x\") header \"x\" = login.header }",
            ),
            ("an error that is a number", "api b { input url: url error response.errors.count() }"),
            (
                "a status",
                "api b { input url: url login post(\"/x\") header \"x\" = login.headers[\"x\"] again on 4010 }",
            ),
            ("two inputs", "api b { input url: url input url: url }"),
        ],
    );
}

#[test]
fn paths() {
    let change = |path: &str| {
        format!(
            "action a {{ input on: manager input of: string done when on.get(\"/a\").ok change \"x\" on.put({path}) irreversible \"y\" }}"
        )
    };
    let paths = [
        "\"a/${of}\"",
        "\"https://lab.example/a/${of}\"",
        "\"\"",
        "(if of == \"\" then \"a\" else \"/a\") + of",
        "\"${of}/a\"",
        "\"/a/${of}\"",
    ];
    let paths: Vec<_> = paths.iter().map(|it| (*it, change(it))).collect();
    let reads = [
        ("a read", "action a { input on: manager require on.get(\"a\").ok else \"\" }"),
        ("a query", "action a { input on: manager require on.query(\"a\", { b: 1 }).ok else \"\" }"),
        ("a login", "api b { input url: url login post(\"https://lab.example/a\") }"),
    ];
    let paths = paths.iter().map(|(title, text)| (*title, text.as_str()));
    modules("paths", &paths.chain(reads).collect::<Vec<_>>());
}
