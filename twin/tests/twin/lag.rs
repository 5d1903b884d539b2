//! A manager that is behind the other one (section 13, inferred).

use hcxrun_twin::Endpoint;
use serde_json::{Value, json};

use crate::driver::{APPLIANCES, CLOUD, Client, EXTENSIONS, GROUPS, MESHES, SOURCE, text};

const LAGGING: &str = "{ extends: fresh, lag: 5, meshes: { dc1-to-cloud: { appliances: 2 } } }";

fn count(client: &mut Client, at: Endpoint, path: &str) -> usize {
    client.get(at, path)["items"].as_array().unwrap().len()
}

/// The roles of the group's members as a manager tells them, in the order of their names.
fn roles(client: &mut Client, at: Endpoint) -> Vec<String> {
    let members = client.get(at, GROUPS)["items"][0]["groupMembers"].clone();
    members.as_array().unwrap().iter().map(|it| text(&it["role"])).collect()
}

#[test]
fn the_other_manager_learns_of_a_change_later() {
    let mut client = Client::yaml(LAGGING);
    let made = client.activate();
    assert_eq!(made.0, 202);
    assert_eq!((count(&mut client, SOURCE, GROUPS), count(&mut client, CLOUD, GROUPS)), (1, 0));
    client.wait(5);
    assert_eq!(count(&mut client, CLOUD, GROUPS), 1);
    client.wait(3600);
    assert_eq!(client.extend("web-30", "10.20.30.1", Some(&text(&made.1["data"]["groupId"]))).0, 202);
    client.wait(4);
    assert_eq!((count(&mut client, SOURCE, EXTENSIONS), count(&mut client, CLOUD, EXTENSIONS)), (1, 0));
    client.wait(1);
    assert_eq!(count(&mut client, CLOUD, EXTENSIONS), 1);
}

#[test]
fn what_ends_is_late_as_well() {
    let mut client = Client::yaml(LAGGING);
    let group = client.grouped();
    let before = roles(&mut client, SOURCE);
    assert_eq!(client.ask(&format!("{GROUPS}/{group}"), "forceFailover").0, 202);
    client.wait(20);
    assert_ne!(roles(&mut client, SOURCE), before);
    assert_eq!(roles(&mut client, CLOUD), before);
    client.wait(5);
    assert_ne!(roles(&mut client, CLOUD), before);
}

#[test]
fn the_manager_that_takes_a_call_is_never_behind_itself() {
    let mut client = Client::yaml(LAGGING);
    let group = client.grouped();
    let before = roles(&mut client, CLOUD);
    let path = format!("{GROUPS}/{group}/forceFailover");
    assert_eq!(client.call(CLOUD, "POST", &path, &Value::Null).0, 202);
    client.wait(20);
    assert_ne!(roles(&mut client, CLOUD), before);
    assert_eq!(roles(&mut client, SOURCE), before);
    client.wait(5);
    assert_ne!(roles(&mut client, SOURCE), before);
}

#[test]
fn lag_is_no_part_of_the_world() {
    let (mut behind, mut level) = (Client::yaml(LAGGING), Client::yaml(&LAGGING.replace("lag: 5", "lag: 0")));
    for client in [&mut behind, &mut level] {
        client.scale(3);
        client.wait(2);
    }
    let appliances = |client: &mut Client| client.query(CLOUD, &format!("{APPLIANCES}/query"), &json!({}));
    assert_ne!(appliances(&mut behind), appliances(&mut level));
    assert_eq!(behind.twin.digest(), level.twin.digest());
    behind.wait(5);
    level.wait(5);
    assert_eq!(behind.get(CLOUD, MESHES), level.get(CLOUD, MESHES));
    // Both managers show the same after a restore.
    let snapshot = behind.twin.snapshot().to_string();
    let now = behind.now();
    behind.twin.restore(now, &snapshot).unwrap();
    assert_eq!(count(&mut behind, CLOUD, APPLIANCES), count(&mut behind, SOURCE, APPLIANCES));
}
