//! Systems that are not as they should be: one clear message each, and an outcome that says what it is.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use common::{Came, Night};

const RUNBOOK: &str = "network-extension-ha";

/// A plan beside a twin whose systems.yaml is changed.
fn plan_with(night: &Night, from: &str, to: &str) -> Came {
    let text = std::fs::read_to_string(night.systems()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    std::fs::write(night.systems(), text.replacen(from, to, 1)).unwrap();
    night.run_on_twin("plan", RUNBOOK, &[])
}

#[test]
fn wrong_credentials() {
    let night = Night::with_twin("fresh", &[]);
    std::fs::write(night.dir.path().join("twin/source.password"), "wrong-password").unwrap();
    let came = night.run_on_twin("plan", RUNBOOK, &[]).exits(10);
    assert!(!came.stdout.contains("wrong-password") && !came.stderr.contains("wrong-password"));
    // Too many wrong sign-ins lock a user out.
    let sign_ins = night
        .log()
        .iter()
        .filter(|entry| entry["operation"] == "createSession" && entry["status"] == 401)
        .count();
    assert_eq!(sign_ins, 1);
    came.says(
        "source refused the sign-in of administrator@vsphere.local (HTTP 401): user or password is wrong",
    );
}

#[test]
fn an_untrusted_certificate() {
    let night = Night::with_twin_args("fresh", &[], &["--speed", common::SPEED]);
    plan_with(&night, "  ca: ca.pem\n", "")
        .exits(10)
        .says("shows a certificate that this machine does not trust")
        .says("name it as `ca:` of the system");
}

#[test]
fn a_manager_that_is_down() {
    let night = Night::with_twin("fresh", &[]);
    plan_with(&night, "http://127.0.0.1:", "http://127.0.0.1:1 #")
        .exits(10)
        .says("http://127.0.0.1:1 cannot be reached");
}

/// SSO that is not ready yet lets nobody in, and says so in XML or in a page of a proxy.
#[test]
fn a_manager_that_has_just_started() {
    for kind in ["refuse:500*2", "refuse:503*2", "html*2", "garbage", "drop-before*2"] {
        let night = Night::with_twin("fresh", &[&format!("source:createSession={kind}")]);
        night.run_on_twin("plan", RUNBOOK, &[]).exits(2);
        assert!(night.changes().is_empty());
    }
}

#[test]
fn a_manager_that_does_not_get_ready() {
    let night = Night::with_twin("fresh", &["source:createSession=html*99"]);
    night.run_on_twin("plan", RUNBOOK, &[]).exits(10).says("source did not open a session");
}

#[test]
fn a_session_that_expires_while_it_runs() {
    let night = Night::with_twin("fresh", &["listHaGroups=expire-session@6", "createHaGroup=expire-session"]);
    night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("succeeded");
    assert_eq!(night.effects().len(), 9);
}

#[test]
fn an_answer_that_is_cut_in_the_middle() {
    let night = Night::with_twin("fresh", &["createHaGroup=cut", "listHaGroups=cut*2@8"]);
    night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("succeeded");
    assert_eq!(night.effects().len(), 9);
}

#[test]
fn sign_ins_just_after_a_boot() {
    let starting = "source:createSession=sso-starting";
    // In a plan there is nothing to wait for.
    let night = Night::with_twin("fresh", &[&format!("{starting}*99")]);
    night
        .run_on_twin("plan", RUNBOOK, &[])
        .exits(10)
        .says("source did not open a session of administrator@vsphere.local");
    // While it polls they are waited out.
    let night =
        Night::with_twin("fresh", &["source:listHaGroups=expire-session@5", &format!("{starting}*2@1")]);
    night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("succeeded");
    let refused =
        night.log().into_iter().filter(|it| it["operation"] == "createSession" && it["status"] == 500);
    assert_eq!((refused.count(), night.effects().len()), (2, 9));
}

#[test]
fn a_207_with_a_refused_item() {
    let night = Night::with_twin("fresh", &[]);
    let gateways = "networks=[{ name: web-30, gateway: 10.20.30.1/24 }, { name: app-31, gateway: 10.20.30.1/24 }, { name: db-32, gateway: 10.20.32.1/24 }]";
    let first = night.world();
    night
        .run_on_twin("run", RUNBOOK, &["--set", gateways])
        .exits(11)
        .says("GATEWAY_IN_USE: 10.20.30.1 is the gateway of another extended network");
    assert_eq!(night.world(), first);
}

#[test]
fn answers_that_make_no_sense() {
    for (kind, says) in [("garbage", "the body is no JSON"), ("html", "HTTP 502")] {
        // While it polls they are waited out.
        let night = Night::with_twin("fresh", &[&format!("listHaGroups={kind}*3@8")]);
        night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("succeeded");
        // In a plan there is nothing to wait for.
        let night = Night::with_twin("fresh", &[&format!("listServiceMeshes={kind}*99")]);
        night
            .run_on_twin("plan", RUNBOOK, &[])
            .exits(10)
            .says(says)
            .says("GET /hybridity/api/interconnect/serviceMesh of source");
        // To a change they are an answer that is lost.
        let night = Night::with_twin("fresh", &[&format!("createHaGroup={kind}")]);
        night.run_on_twin("run", RUNBOOK, &[]).exits(0).says("answer lost");
    }
}

#[test]
fn a_wrong_command_touches_nothing() {
    let night = Night::bare();
    night.hcxrun(&["check", "no-such-file.hcxrun"]).exits(1).says("cannot read no-such-file.hcxrun");
    night.hcxrun(&["plan", "--no-such-flag"]).exits(1);
    let runbook = common::runbook(RUNBOOK).display().to_string();
    night.hcxrun(&["plan", &runbook]).exits(1).says("the input `mesh` is not given");
    let inputs = common::inputs(RUNBOOK).display().to_string();
    night
        .hcxrun(&["plan", &runbook, "--inputs", &inputs])
        .exits(1)
        .says("try it on the embedded twin with `--twin`");
    night
        .hcxrun(&["plan", &runbook, "--inputs", &inputs, "--twin", "nonsense"])
        .exits(1)
        .says("the scenes are fresh");
    night
        .hcxrun(&["plan", &runbook, "--inputs", &inputs, "--twin", "--fault", "getAbout=y"])
        .exits(1)
        .says("there is no kind `y`");
    night.hcxrun(&["show", "last"]).exits(1).says("there is no journal");
}

/// What is typed a little wrong is told in words of this program, and nothing is begun.
#[test]
fn commands_that_are_typed_a_little_wrong() {
    let night = Night::bare();
    let text = "edition 1\n\nrunbook \"Look\" {\n  on failure hold\n}\n\nuse hcx\n\nsystem source: hcx.manager\n\ninput mesh: string\n\n\
                step look: hcx.check_mesh {\n  site = source\n  mesh = mesh\n}\n\ntest \"it holds\" {\n  set mesh = \"dc1-to-cloud\"\n  \
                expect outcome == \"succeeded\"\n}\n";
    night.write("look.hcxrun", text);
    night.write("other.json", "[]");
    night.write("device.hcxrun", "edition 1\n\nuse \"/dev/zero\" as zero\n");
    assert!(
        std::process::Command::new("mkfifo").arg(night.dir.path().join("pipe")).status().unwrap().success()
    );
    let said = |args: &[&str]| {
        let mut command = night.command(args);
        let came = Came::of(&command.current_dir(night.dir.path()).output().unwrap()).exits(1);
        format!("$ hcxrun {}\n{}", args.join(" "), came.stderr.trim_end())
    };
    let set = ["--set", "mesh=a"];
    let told = [
        said(&["plan", "--twin", "look.hcxrun"]),
        said(&["plan", "look.hcxrun", "--systems", "s.yaml", "--speed", "ten"]),
        said(&[&["plan", "look.hcxrun", "--twin"][..], &set, &set].concat()),
        said(&[&["plan", "look.hcxrun", "--twin", "--rehearsed", "other.json"][..], &set].concat()),
        said(&[&["rehearse", "look.hcxrun", "--except", "lock"][..], &set].concat()),
        said(&["test", "look.hcxrun", "--filter", "nosuch"]),
        said(&["plan", "look.hcxrun", "--inputs", "pipe", "--twin"]),
        said(&["check", "device.hcxrun"]),
    ];
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn secrets_stand_in_no_file_in_clear() {
    let night = Night::with_twin("fresh", &[]);
    plan_with(&night, "file:source.password", "secret-in-clear")
        .exits(1)
        .says("`source.password` holds a secret in clear")
        .says("env:NAME");
}

#[test]
fn no_secret_reaches_the_journal_or_what_is_said() {
    let night = Night::with_twin("fresh", &[]);
    let came = night.run_on_twin("run", RUNBOOK, &["-vv"]).exits(0);
    let came = came.says("signed in").says("/hybridity/api/interconnect/serviceMesh");
    let journal = std::fs::read(night.journal()).unwrap();
    let wal = std::fs::read(night.dir.path().join("journal.db-wal")).unwrap_or_default();
    let told = [came.stdout.as_bytes(), came.stderr.as_bytes(), &journal, &wal].concat();
    for secret in ["source-password", "cloud-password", "source-admin-password", "cloud-admin-password"] {
        let found = told.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} was told");
    }
}

/// A line with another port than the twin's, which is another one each time.
fn without_port(line: &str) -> String {
    let Some((before, rest)) = line.split_once("http://") else { return line.to_owned() };
    let (host, rest) = rest.split_once(':').unwrap();
    format!("{before}http://{host}:12345{}", rest.trim_start_matches(|it: char| it.is_ascii_digit()))
}

/// What systems.yaml says wrong, told with the code that has a page.
#[test]
fn systems_that_are_not_safe() {
    let wrong = |from: &str, to: &str| {
        let night = Night::with_twin("fresh", &[]);
        let came = plan_with(&night, from, to);
        let said = came.stderr.replace(&night.systems().display().to_string(), "systems.yaml");
        let lines =
            said.lines().take_while(|line| !line.starts_with("error[HR068]") && !line.starts_with("error: "));
        lines.map(without_port).collect::<Vec<_>>().join("\n")
    };
    let password = "password: file:source.password";
    let all = [
        wrong(password, "password: hunter2"),
        wrong(password, "password: env:NOT_SET_ANYWHERE"),
        wrong(password, &format!("{password}\n  verify_ssl: false")),
        wrong(password, &format!("{password}\n  InsecureSkipVerify: true")),
        wrong(password, &format!("{password}\n  pasword: x")),
        wrong("http://127.0.0.1:", "http://hcx.invalid:"),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

/// What an answer lacks shows when the step has its turn: the message of the run points at the action and at the step.
#[test]
fn an_answer_without_a_field_in_the_middle_of_a_run() {
    let night = Night::bare();
    let text = r#"edition 1

runbook "A field that is not there" {
  window     2026-11-28T22:00Z .. 2026-11-29T04:00Z
  on failure rollback
}

use hcx

system source: hcx.manager

step scale: hcx.scale_appliances {
  site = source
  mesh = "dc1-to-cloud"
}

step built: look {
  site = source
  mesh = scale.mesh
}

/// Says when a mesh was built.
action look {
  input site: hcx.manager
  input mesh: string

  let found = site.get("/hybridity/api/interconnect/serviceMesh").items.first(m => m.name == mesh)

  require found != null else "there is no mesh ${mesh}"

  output when = "built ${found.builtAt}"
}
"#;
    night.write("night.hcxrun", text);
    let mut command = night.command(&["run", "night.hcxrun", "--twin"]);
    let came = Came::of(&command.current_dir(night.dir.path()).output().unwrap()).exits(11);
    let head = |line: &&str| !line.starts_with("Head of") && !line.starts_with("Run ");
    let said = came.stderr.lines().chain(came.stdout.lines()).filter(head).collect::<Vec<_>>();
    insta::assert_snapshot!(said.join("\n"));
}

/// A value may hold anything, and is shown in a plan that is signed, a question that is answered and a report for the ticket.
#[test]
fn a_value_stays_in_its_line_and_turns_no_terminal() {
    let night = Night::bare();
    let text = "edition 1\n\nrunbook \"A value\" { }\n\ninput mesh: string\n\n\
                gate go_on {\n  ask \"Scale ${mesh}?\"\n}\n\noutput mesh = mesh\n";
    let file = night.write("night.hcxrun", text).display().to_string();
    night.write("inputs.yaml", "mesh: \"web\\e[2J\\u009b31m\\n    ✓ limit  holds\\u202e\"\n");
    let inputs = night.dir.path().join("inputs.yaml").display().to_string();
    let said = |command: &str, more: &[&str]| {
        let came = night.hcxrun(&[&[command, &file, "--inputs", &inputs, "--twin", "fresh"], more].concat());
        assert!(!came.stdout.contains('\u{1b}') && !came.stderr.contains('\u{1b}'), "{command}");
        let lines = came.stderr.lines().chain(came.stdout.lines()).filter(|line| line.contains("web"));
        lines.map(|line| line.split_once(' ').map_or(line, |(_, said)| said).to_owned()).collect::<Vec<_>>()
    };
    let said = [said("plan", &[]), said("run", &["--approve-all"])].concat();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_file_that_cannot_be_read_keeps_no_other_from_being_checked() {
    let night = Night::bare();
    night.write("a.hcxrun", "edition 1\n\nrunbook \"A\" { }\n\nstp one: hcx.look { }\n");
    std::fs::write(night.dir.path().join("b.hcxrun"), b"\x7fELF\0\xff").unwrap();
    night.write("c.hcxrun", "edition 1\n\nrunbook \"C\" { }\n\ngte two { }\n");
    let folder = night.dir.path().display().to_string();
    let came = night.hcxrun(&["check", &folder]).exits(1);
    let told = came.stderr.lines().filter(|line| line.starts_with("error")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told.replace(&format!("{folder}/"), ""), @r"
    error[HR001]: `stp` does not start anything that a file can hold
    error: cannot read b.hcxrun: it is no text, from line 1 on
    error[HR001]: `gte` does not start anything that a file can hold
    ");
    let json = night.hcxrun(&["check", "--json", &folder]).exits(1).json();
    assert_eq!(json.as_array().unwrap().len(), 3, "{json}");
}

#[test]
fn all_that_is_wrong_with_the_systems_is_told_at_once() {
    let night = Night::bare();
    let password = "username: admin\n  password: env:HCXRUN_NOT_SET";
    let systems =
        format!("source:\n  url: hcx example\n  {password}\ncloud:\n  url: https://hcx\n  {password} B\n");
    let systems = night.write("systems.yaml", &systems).display().to_string();
    let (runbook, inputs) = (common::runbook(RUNBOOK), common::inputs(RUNBOOK));
    let (runbook, inputs) = (runbook.display().to_string(), inputs.display().to_string());
    let came = night.hcxrun(&["plan", &runbook, "--inputs", &inputs, "--systems", &systems]).exits(1);
    let told = came.stderr.lines().filter(|line| line.starts_with("error") || line.starts_with("  help"));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n").replace(&systems, "systems.yaml"));
}
