//! Plans: what would change, in sentences, and what it would be refused for. Nothing is ever changed by one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and says what it counted"
)]

mod common;

use common::{Came, Night, inputs, root, runbook};

const RUNBOOK: &str = "network-extension-ha";

fn plan(scene: &str, more: &[&str]) -> Came {
    let night = Night::bare();
    let (runbook, inputs) = (runbook(RUNBOOK).display().to_string(), inputs(RUNBOOK).display().to_string());
    let mut args = vec!["plan", &runbook, "--inputs", &inputs, "--twin", scene];
    args.extend(more);
    night.hcxrun(&args)
}

#[test]
fn a_fresh_site_has_everything_to_change() {
    insta::assert_snapshot!(common::without_digest(&plan("fresh", &[]).exits(2).stdout));
}

#[test]
fn a_wave_is_planned_by_its_groups() {
    let night = Night::bare();
    let (runbook, inputs) =
        (runbook("migration-wave").display().to_string(), inputs("migration-wave").display().to_string());
    let scene = inputs.replace("inputs.yaml", "scene.yaml");
    let plan = night.hcxrun(&["plan", &runbook, "--inputs", &inputs, "--twin", &scene]).exits(2);
    insta::assert_snapshot!(common::without_digest(&plan.stdout));
}

#[test]
fn what_stands_in_the_way_is_named_with_its_step() {
    let refused = |scene: &str| {
        let stdout = plan(scene, &[]).exits(10).stdout;
        stdout.lines().filter(|line| line.contains('✗')).map(str::trim).collect::<Vec<_>>().join("\n")
    };
    let scenes =
        ["advanced-license", "old-appliance", "network-on-appliance", "limit-too-small", "already-extended"];
    let all: Vec<_> = scenes.iter().map(|scene| format!("{scene}\n{}", refused(scene))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_run_that_would_be_refused_begins_nothing() {
    let night = Night::with_twin("advanced-license", &[]);
    night.run_on_twin("run", RUNBOOK, &[]).exits(10).says("neither site has an HCX ENTERPRISE license");
    assert!(night.changes().is_empty());
    night.hcxrun(&["runs"]).exits(0).says("no runs");
}

#[test]
fn a_plan_sends_reads_alone() {
    let night = Night::with_twin("fresh", &[]);
    let world = night.digest();
    night.run_on_twin("plan", RUNBOOK, &[]).exits(2);
    assert!(night.changes().is_empty());
    assert_eq!(night.digest(), world);
}

#[test]
fn a_gateway_that_is_the_network_address_is_a_wrong_input() {
    let network = "networks=[{ name: web-30, gateway: 10.20.30.0/24 }]";
    let came = plan("fresh", &["--set", network]).exits(1);
    insta::assert_snapshot!(came.stderr.replace(&common::root().display().to_string(), "."));
}

#[test]
fn the_graph_is_shown_in_every_format() {
    let night = Night::bare();
    let (runbook, inputs) = (runbook(RUNBOOK).display().to_string(), inputs(RUNBOOK).display().to_string());
    let graph = |format: &str| {
        night.hcxrun(&["graph", &runbook, "--inputs", &inputs, "--format", format]).exits(0).stdout
    };
    for format in ["text", "dot", "mermaid"] {
        insta::assert_snapshot!(format!("the_graph_as_{format}"), graph(format));
    }
    assert!(graph("json").contains("\"node\": \"networks_next\""));
    let svg = graph("svg");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for label in
        ["prerequisites", "license", "network × 3", "networks_next", "migration", "move × 4", "people decide"]
    {
        assert!(svg.contains(&format!(">{label}</text>")), "{label} is not drawn");
    }
}

/// Phases side by side, and steps that wait across them: what others imply is not said.
#[test]
fn the_graph_of_an_odd_order() {
    let check =
        |name: &str, after: &str| format!("step {name}: hcx.check_manager {{ site = source {after} }}");
    let text = format!(
        "edition 1\nrunbook \"Odd order\" {{ }}\nuse hcx\nsystem source: hcx.manager\n{}\nparallel {{\nphase left {{ {} {} \
         }}\nphase right {{ {} parallel {{ {} {} {} }} }}\n}}\nphase last {{ {} }}\n",
        check("zero", ""),
        check("a1", ""),
        check("a2", ""),
        check("b1", ""),
        check("b2", ""),
        check("b3", "after a1"),
        check("b4", "after b2, b3, b1"),
        check("z", ""),
    );
    let night = Night::bare();
    let file = night.write("odd.hcxrun", &text).display().to_string();
    insta::assert_snapshot!(night.hcxrun(&["graph", &file]).exits(0).stdout);
}

/// A wave over three networks, of which one row names a network that is not among those extended.
const WAVE: &str = r#"edition 1

runbook "A wave" {
  on failure rollback
}

use hcx

system source: hcx.manager

input meshes: list<string> = ["dc1-to-cloud"]
input waves:  list<{ name: string, mesh: string }> = [{ name: "a", mesh: "dc1-to-clowd" }]

step scale for m in meshes by m: hcx.scale_appliances {
  site  = source
  mesh  = m
  count = 2
}

step again for w in waves by w.name: hcx.scale_appliances {
  site  = source
  mesh  = scale[w.mesh].mesh
  count = 3
}

output first = meshes.only()
output count = number(meshes.first())
output ratio = 1 / (meshes.count() - 1)
"#;

/// A table may have no rows and empty cells, and mostly somebody forgot something.
#[test]
fn a_table_that_lacks_something_is_warned_of() {
    let night = Night::bare();
    let text = WAVE.split_once("step scale").unwrap().0.replace(
        "= [{ name: \"a\", mesh: \"dc1-to-clowd\" }]",
        "= csv(\"waves.csv\")\n\nstep see for w in waves by w.name: hcx.check_manager { site = source }",
    );
    night.write("wave.hcxrun", &text);
    let said = |table: &str| {
        night.write("waves.csv", table);
        let mut command = night.command(&["plan", "wave.hcxrun", "--twin"]);
        let came = Came::of(&command.current_dir(night.dir.path()).output().unwrap()).exits(0);
        let warned = came.stderr.split_once("remove it\n\n").unwrap().1.to_owned();
        format!("{warned}{}", common::without_digest(&came.stdout))
    };
    let told = ["name,mesh\n", "name,mesh\na,\nb,m\nc,\n"].map(said);
    insta::assert_snapshot!(told.join("\n---\n"));
}

/// Two rows whose networks overlap: the warning points at the row.
#[test]
fn networks_that_overlap_in_a_file_are_shown_there() {
    let night = Night::bare();
    let text = std::fs::read_to_string(runbook(RUNBOOK)).unwrap();
    let beside = root().join("runbooks/network-extension-ha/").display().to_string();
    night.write("night.hcxrun", &text.replace("\"network-extension-ha/", &format!("\"{beside}")));
    let values = std::fs::read_to_string(inputs(RUNBOOK)).unwrap();
    assert!(values.contains("10.20.31.1/24"));
    night.write("inputs.yaml", &values.replace("10.20.31.1/24", "10.20.30.9/24"));
    let args = ["plan", "night.hcxrun", "--inputs", "inputs.yaml", "--twin"];
    let came = Came::of(&night.command(&args).current_dir(night.dir.path()).output().unwrap());
    let warned = came.stderr.split("\n\n").find(|it| it.contains("HR052")).unwrap().to_owned();
    insta::assert_snapshot!(warned);
}

/// The keys of a fan-out are known before anything has run, and so is what hangs on one that it does not have.
#[test]
fn a_key_that_a_fan_out_does_not_have_is_refused_by_the_plan() {
    let night = Night::bare();
    night.write("wave.hcxrun", WAVE);
    let came = |args: &[&str], code: i32| {
        let mut command = night.command(args);
        Came::of(&command.current_dir(night.dir.path()).output().unwrap()).exits(code)
    };
    let said = came(&["plan", "wave.hcxrun", "--twin"], 10);
    insta::assert_snapshot!(said.stderr);
    came(&["run", "wave.hcxrun", "--twin"], 10).says("`dc1-to-clowd`");
}

/// An output that has no value does not vanish: the plan warns of it, the report tells why.
#[test]
fn an_output_without_a_value_is_told() {
    let night = Night::bare();
    night.write("wave.hcxrun", &WAVE.replace("clowd", "cloud"));
    let came = |args: &[&str], code: i32| {
        let mut command = night.command(args);
        Came::of(&command.current_dir(night.dir.path()).output().unwrap()).exits(code)
    };
    let planned = came(&["plan", "wave.hcxrun", "--twin"], 2).stderr;
    let run = came(&["run", "wave.hcxrun", "--twin"], 0).stdout;
    let (_, handed) = run.split_once("Hands back").unwrap();
    let (handed, _) = handed.split_once("Head of").unwrap();
    insta::assert_snapshot!(format!("{planned}\nHands back{}", handed.trim_end()));
    let json = came(&["show", "last", "--json"], 0).json();
    assert_eq!(json["without_value"][1]["output"], "ratio", "{json}");
}

#[test]
fn a_plan_for_programs() {
    let json = plan("fresh", &["--json"]).exits(2).json();
    assert_eq!(json["digest"].as_str().unwrap().len(), 64);
    let scale = json["lines"].as_array().unwrap().iter().find(|line| line["node"] == "scale").unwrap();
    assert_eq!(scale["verdict"], "change");
    assert_eq!(scale["request"]["method"], "PUT");
    assert_eq!(scale["irreversible"], false);
}
