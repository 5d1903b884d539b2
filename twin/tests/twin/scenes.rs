//! Scenes, as people write them.

use hcxrun_twin::{Scene, Twin};

use crate::driver::{ADMIN, Client, EXTENSIONS, GROUPS, SOURCE, code};

#[test]
fn every_shipped_one_can_be_read_and_is_another_world() {
    let mut digests: Vec<_> =
        Scene::names().into_iter().map(|name| Twin::new(&Scene::named(name).unwrap()).digest()).collect();
    let shipped = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), shipped);
    assert!(Scene::named("nonsense").is_none());
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let wrong = [
        "source: { nmae: x }",
        "extends: nonsense",
        "extends: fresh\npaired: perhaps",
        "extends: fresh\nsource:\n  editionn: ADVANCED",
        "extends: fresh\nsource:\n  edition: GOLD",
        "extends: fresh\n\nsource:\n  vms:\n    lost-01: { network: nowhere }",
        "extends: fresh\nha_groups: [{ mesh: dc1-to-cloud, active: 1, standby: 2 }]",
        "extends: fresh\nextensions:\n  - { network: web-30, gateway: 10.20.30.0/24, mesh: dc1-to-cloud, pair: 1, router: tier1-production }",
        "extends: fresh\nextensions:\n  - { network: web-30, gateway: 10.20.30.1/24, mesh: other, pair: 1, router: tier1-production }",
        "extends: fresh\nsource:\n  segments: { lost: { gateway: 10.1.1.1/24, router: tier1-production } }",
        "extends: fresh\ncloud:\n  segments: { lost: { gateway: 10.1.1.1/24, router: tier1-other } }",
        "extends: fresh\nfaults:\n  - createHaGroup=explode",
        "extends: fresh\nsource:\n  compute_profile: { ne_appliance_limit: many }",
        "a: [",
    ];
    let why = wrong.map(|text| format!("{text}\n  => {}", Scene::parse(text).unwrap_err()));
    insta::assert_snapshot!(why.join("\n\n"));
}

#[test]
fn a_scene_can_begin_in_the_middle() {
    let mut client = Client::yaml(
        "extends: fresh
source:
  user: { name: operator@example.com, password: not-a-secret }
  compute_profile: { ne_appliance_limit: unlimited }
  vms: { web-01: null, old-01: { network: web-30, powered: false } }
meshes: { dc1-to-cloud: { appliances: 2 } }
ha_groups: [{ mesh: dc1-to-cloud, active: 2, standby: 1 }]
extensions:
  - { network: web-30, gateway: 10.20.30.1/24, mesh: dc1-to-cloud, pair: 1, router: tier1-production }
faults: [createHaGroup=refuse]
",
    );
    assert_eq!(client.twin.user(SOURCE).name, "operator@example.com");
    assert_eq!(client.twin.user(ADMIN).name, "admin");
    let machines = client.machines(SOURCE);
    assert!(machines.contains(&"old-01 web-30 poweredOff".to_owned()) && machines.len() == 8, "{machines:?}");
    let group = client.get(SOURCE, GROUPS)["items"][0].clone();
    assert_eq!(group["networkExtensionCount"], 1);
    assert_eq!(client.get(SOURCE, EXTENSIONS)["items"][0]["clusterId"], group["groupId"]);
    assert_eq!(code(&client.activate()), "400 INJECTED_FAULT");
    client.scaled(9);
}

const BOOK: &str = include_str!("../../../docs/twin.md");

#[test]
fn the_scene_in_the_documentation_can_be_read() {
    let scene = BOOK.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut client = Client::yaml(scene);
    let group = client.get(SOURCE, GROUPS)["items"][0].clone();
    assert_eq!(group["status"]["availabilityState"], "DEGRADED");
    assert_eq!(group["networkExtensionCount"], 1);
}

#[test]
fn the_documentation_names_every_kind_of_fault() {
    let kinds = hcxrun_twin::FaultError::FORM.split("KIND ").nth(1).unwrap();
    for kind in kinds.replace(" or ", ", ").split(", ") {
        let word = kind.split(['[', ':']).next().unwrap();
        assert!(BOOK.contains(&format!("| `{word}")), "docs/twin.md does not name {word}");
    }
}
