//! Alerts (section 12).

use serde_json::{Value, json};

use crate::driver::{Client, GROUPS, SOURCE, code, text};

const ALERTS: &str = "/hybridity/api/alerts";

fn alerts(client: &mut Client, filter: &Value) -> Vec<Value> {
    let found = client.query(SOURCE, &format!("{ALERTS}?action=query"), &json!({ "filter": filter }));
    found["items"].as_array().unwrap().clone()
}

/// Those that a filter finds, as `severity state entity: message`.
fn told(client: &mut Client, filter: &Value) -> Vec<String> {
    let line = |it: &Value| {
        let [severity, state, message] = ["severity", "state", "message"].map(|key| text(&it[key]));
        format!("{severity} {state} {}: {message}", text(&it["entity"]["name"]))
    };
    alerts(client, filter).iter().map(line).collect()
}

#[test]
fn what_failed_can_be_acknowledged_and_deleted() {
    let mut client = Client::new("fresh");
    client.fault("updateServiceMesh=fail-job no room on the cluster");
    client.scaled(2);
    let world = client.twin.digest();
    assert_eq!(told(&mut client, &json!({})), ["CRITICAL CREATED dc1-to-cloud: no room on the cluster"]);
    let path = format!("{ALERTS}/{}", text(&alerts(&mut client, &json!({}))[0]["alarm_id"]));
    assert_eq!(client.ask(&path, "acknowledge").0, 200);
    let it = alerts(&mut client, &json!({ "state": "ACKNOWLEDGED" }))[0].clone();
    assert_eq!(
        (&it["isAlertAcknowledged"], &it["acknowledgedBy"]),
        (&json!(true), &json!("administrator@vsphere.local"))
    );
    assert_eq!(alerts(&mut client, &json!({ "state": "CREATED" })).len(), 0);
    assert_eq!(client.delete(&path).0, 200);
    assert_eq!(alerts(&mut client, &json!({})).len(), 0);
    // Neither operation lists a failure for what is not there: the body tells.
    for answer in [client.delete(&path), client.ask(&path, "acknowledge")] {
        assert_eq!((code(&answer), &answer.1["success"]), ("200 NOT_FOUND".to_owned(), &json!(false)));
    }
    // What was said about the world is no part of it.
    assert_eq!(client.twin.digest(), world);
}

#[test]
fn what_is_down_is_told_until_it_is_up() {
    let mut client = Client::new("degraded-group");
    let told_first = told(&mut client, &json!({}));
    let group = text(&client.get(SOURCE, GROUPS)["items"][0]["groupId"]);
    client.ask(&format!("{GROUPS}/{group}"), "recover");
    client.wait(300);
    client.ask(&format!("{GROUPS}/{group}"), "forceFailover");
    client.wait(20);
    let all = [told_first, vec!["---".to_owned()], told(&mut client, &json!({}))].concat();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn an_appliance_that_carries_networks_alone_is_critical() {
    let mut client = Client::yaml(
        "extends: network-on-appliance\nmeshes: { dc1-to-cloud: { pairs: { 1: { up: false } } } }",
    );
    let critical = told(&mut client, &json!({ "severity": ["CRITICAL"] }));
    assert_eq!(critical, ["CRITICAL CREATED dc1-to-cloud-NE-I1: dc1-to-cloud-NE-I1 is down"]);
}

#[test]
fn they_are_found_by_what_they_are_and_when() {
    let mut client = Client::new("degraded-group");
    client.wait(1000);
    client.fault("createExtensions=fail-job no bridge");
    let group = text(&client.get(SOURCE, GROUPS)["items"][0]["groupId"]);
    client.extended("app-31", "10.20.31.1", Some(&group));
    let network = client.network("app-31")["entity_id"].clone();
    let mut count = |filter: Value| alerts(&mut client, &filter).len();
    assert_eq!(count(json!({})), 3);
    // One severity, as the older book has it, or several.
    assert_eq!(
        (count(json!({ "severity": "INFO" })), count(json!({ "severity": ["WARNING", "INFO"] }))),
        (1, 2)
    );
    assert_eq!(
        (count(json!({ "module": "NetworkExtension" })), count(json!({ "category": "Network" }))),
        (2, 1)
    );
    assert_eq!(count(json!({ "entityId": network })), 1);
    assert_eq!((count(json!({ "start_epoch": "1000000" })), count(json!({ "end_epoch": "999999" }))), (1, 2));
}
