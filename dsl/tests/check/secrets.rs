use crate::support::{modules, runbooks};

#[test]
fn stay_secret() {
    runbooks(
        "secrets_in_a_runbook",
        &[
            (
                "into an input declared secret",
                "input k: secret\nstep a: lab.route { on = one network = 10.0.0.0/8 gateway = 10.0.0.1/8 key = k }",
            ),
            ("in a text", "input k: secret\noutput a = \"key ${k}\""),
            ("as an output", "input k: secret\noutput a = k"),
            ("inside an output", "input k: list<{ k: secret }>\noutput a = k"),
            ("over a let", "input k: secret\nlet l = [k]\ngate g { ask \"${l}\" }"),
            ("into an input that is not secret", "input k: secret\nstep a: lab.scale { on = one count = k }"),
            ("joined", "input k: list<secret>\noutput a = k.join(\",\")"),
            ("as a text by a function", "input k: secret\noutput a = text(k)"),
            ("with a plus", "input k: secret\noutput a = \"x\" + k"),
            ("as a key", "input k: list<secret>\nstep a for x in k by x: lab.look { on = one }"),
        ],
    );
    modules(
        "secrets_in_an_action",
        &[
            (
                "everywhere",
                r#"
action a {
  input on: manager
  input k: secret
  let body = { k: k }
  require on.query("/x", body).ok else "no ${k}"
  done when on.get("/x/${k}").ok
  change "put ${k}" on.put("/x", { k: k, deep: [body] })
  fail k when on.get("/y").bad
  undo "back" on.put("/x", { k: k })
  touches "x/${k}"
  output k = k
}"#,
            ),
            (
                "in an api",
                r#"
api b {
  input url: url
  input k: secret
  login post("/login", { k: k })
  header "a" = k
  header "b" = login.headers["x"]
  header "c" = "Bearer ${k}"
  error response.errors.map(e => e.message).join("; ")
}"#,
            ),
        ],
    );
}

#[test]
fn stand_not_in_the_text() {
    runbooks(
        "secrets_in_the_text",
        &[
            ("a let", "let admin_password = \"hunter2\"\noutput a = admin_password"),
            ("an input that would be kept", "input apiKey: string\noutput a = apiKey"),
            ("its default, told once", "input api_token: string? = \"abc\"\noutput a = api_token"),
            ("a field", "let to = { user: \"a\", password: \"hunter2\" }\noutput a = to"),
            (
                "an argument",
                "action a { input password: string require password != \"\" else \"\" }\nstep b: a { password = \"x\" }",
            ),
            ("a URL", "let proxy = \"https://anna:hunter2@proxy.example.com/\"\noutput a = proxy"),
            ("a URL with a user alone", "let proxy = \"https://anna@proxy.example.com\"\noutput a = proxy"),
            ("a mail address behind a URL", "output a = \"see https://x.example.com or ask: a@example.com\""),
            (
                "the header of an api",
                "api b { input url: url header \"authorization\" = \"Basic YW5uYQ==\" }\nsystem s: b\naction c { input s: b require s.get(\"/\").ok else \"\" }\nstep d: c { s = s }",
            ),
            ("where a url is wanted", "input a: url = \"http://x.example.com\"\noutput b = a"),
        ],
    );
}
