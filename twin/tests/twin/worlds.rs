//! The world: what its digest tells apart and what not, the log, snapshots.

use hcxrun_twin::{Scene, Twin};
use serde_json::{Value, json};

use crate::driver::{Client, EXTENSIONS, GROUPS, SOURCE, text};

#[test]
fn the_order_of_what_is_done_does_not_matter() {
    let gateways = [("web-30", "10.20.30.1"), ("app-31", "10.20.31.1"), ("db-32", "10.20.32.1")];
    let after = |order: [usize; 3]| {
        let mut client = Client::new("fresh");
        let group = client.grouped();
        for at in order {
            client.wait(11);
            client.extend(gateways[at].0, gateways[at].1, Some(&group));
        }
        client.wait(3600);
        client.twin.digest()
    };
    assert_eq!(after([0, 1, 2]), after([2, 0, 1]));
}

#[test]
fn reads_sessions_and_time_are_no_part_of_it() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    client.sign_in(SOURCE);
    client.mesh();
    client.wait(100_000);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_person_can_read_it() {
    let mut client = Client::new("fresh");
    let group = client.grouped();
    client.extended("web-30", "10.20.30.1", Some(&group));
    client.start("RAV", "web-01", SOURCE);
    insta::assert_snapshot!(serde_json::to_string_pretty(&client.twin.world()).unwrap());
}

#[test]
fn the_log_tells_what_was_asked_and_no_secrets() {
    let mut client = Client::new("fresh");
    let token = client.sign_in(SOURCE);
    client.scale(2);
    let log = serde_json::to_value(client.twin.log()).unwrap();
    let last = log.as_array().unwrap().last().unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(last).unwrap().replace(&path_id(last), "MESH"));
    let log = log.to_string();
    let user = client.twin.user(SOURCE);
    assert!(!log.contains(&user.password) && !log.contains(&token));
}

fn path_id(entry: &Value) -> String {
    text(&entry["path"]).rsplit('/').next().unwrap().to_owned()
}

#[test]
fn a_refused_change_has_no_effect_in_the_log() {
    let mut client = Client::new("fresh");
    client.scale(99);
    let entry = client.twin.log().last().unwrap();
    assert_eq!((entry.changing, entry.effect, entry.status), (true, false, Some(400)));
    let (_, before) = client.text(SOURCE, "GET", EXTENSIONS, "").unwrap();
    assert_eq!(before, r#"{"items":[]}"#);
}

#[test]
fn a_snapshot_goes_on_where_it_was_taken() {
    let mut client = Client::new("fresh");
    client.extended("web-30", "10.20.30.1", None);
    client.start("RAV", "web-01", SOURCE);
    client.scale(2);
    client.wait(100);
    let kept = client.twin.snapshot().to_string();
    // Hours later, and in another twin altogether.
    let mut other = Client::new("no-mesh");
    other.wait(50_000);
    let now = other.now();
    other.twin.restore(now, &kept).unwrap();
    assert_eq!(other.twin.digest(), client.twin.digest());
    for _ in 0..6 {
        client.wait(100);
        other.wait(100);
        assert_eq!(other.twin.digest(), client.twin.digest());
    }
    assert_eq!(client.migrations(), other.migrations());
    assert!(!kept.contains("token"));
}

#[test]
fn a_snapshot_keeps_what_is_done_to_groups_and_extensions() {
    let mut client = Client::yaml(
        "extends: degraded-group
meshes: { dc1-to-cloud: { appliances: 3 } }
extensions:
  - { network: app-31, gateway: 10.20.31.1/24, mesh: dc1-to-cloud, pair: 3, router: tier1-production }",
    );
    let group = text(&client.get(SOURCE, GROUPS)["items"][0]["groupId"]);
    let id = text(&client.get(SOURCE, EXTENSIONS)["items"][0]["stretchId"]);
    let moves = json!({ "items": [{ "stretchId": id, "targetClusterId": group }] });
    assert_eq!(client.post(&format!("{EXTENSIONS}/transition"), &moves).0, 202);
    client.wait(30);
    client.fault("redeployHaGroup=fail-late");
    client.ask(&format!("{GROUPS}/{group}"), "redeploy");
    client.wait(100);
    let kept = client.twin.snapshot().to_string();
    let mut other = Client::new("fresh");
    let now = other.now();
    other.twin.restore(now, &kept).unwrap();
    for _ in 0..6 {
        assert_eq!(other.twin.digest(), client.twin.digest());
        client.wait(100);
        other.wait(100);
    }
}

#[test]
fn what_is_no_snapshot_changes_nothing() {
    let mut twin = Twin::new(&Scene::named("fresh").unwrap());
    let first = twin.digest();
    let now = jiff::Timestamp::UNIX_EPOCH;
    for wrong in ["", "{}", "[]", r#"{"world":{},"faults":[]}"#] {
        assert!(twin.restore(now, wrong).is_err(), "{wrong}");
    }
    assert_eq!(twin.digest(), first);
}

#[test]
fn twins_are_made_alike_and_can_be_copied() {
    let mut client = Client::new("fresh");
    assert_eq!(client.twin.digest(), Client::new("fresh").twin.digest());
    let copy = client.twin.clone();
    // It can be handed to another thread.
    let copy = std::thread::spawn(move || copy).join().unwrap();
    client.scaled(2);
    assert_ne!(client.twin.digest(), copy.digest());
    assert_eq!(copy.world()["meshes"]["dc1-to-cloud"]["count"], json!(1));
}
