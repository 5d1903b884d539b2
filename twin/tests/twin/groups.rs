//! HA groups (sections 9.2 to 9.4).

use hcxrun_twin::Endpoint;
use serde_json::{Value, json};

use crate::driver::{CLOUD, Client, EXTENSIONS, GROUPS, SOURCE, code, text};

fn roles(client: &mut Client, at: Endpoint) -> Vec<String> {
    let groups = client.get(at, GROUPS);
    let role = |it: &Value| format!("{} {}", text(&it["applianceName"]), text(&it["role"]));
    groups["items"][0]["groupMembers"].as_array().unwrap().iter().map(role).collect()
}

#[test]
fn activation_is_refused_for_what_it_needs() {
    let refused = |scene: &str| code(&Client::yaml(&format!("extends: fresh\n{scene}")).activate());
    let two =
        |pairs: &str| refused(&format!("meshes: {{ dc1-to-cloud: {{ appliances: 2, pairs: {pairs} }} }}"));
    assert_eq!(two("{}"), "202 -");
    assert_eq!(refused(""), "400 HA_NO_ELIGIBLE_PARTNER");
    assert_eq!(two("{ 2: { version: 4.2.9 } }"), "400 HA_APPLIANCE_VERSION");
    assert_eq!(two("{ 1: { version: 4.2.9 } }"), "400 HA_APPLIANCE_VERSION");
    // A third one that is new enough will do.
    let third = "meshes: { dc1-to-cloud: { appliances: 3, pairs: { 2: { version: 4.2.9 } } } }";
    assert_eq!(refused(third), "202 -");
    assert_eq!(two("{ 1: { up: false } }"), "400 HA_APPLIANCE_NOT_READY");
    assert_eq!(two("{ 2: { up: false } }"), "400 HA_NO_ELIGIBLE_PARTNER");
    let other_switch = "meshes: { dc1-to-cloud: { switches: { dvs-dmz: 1 } } }";
    assert_eq!(refused(other_switch), "400 HA_CONFIGURATION_MISMATCH");
    let mut client = Client::new("advanced-license");
    client.scaled(2);
    assert_eq!(code(&client.activate()), "400 HA_LICENSE_REQUIRED");
    let mut client = Client::new("network-on-appliance");
    client.scaled(2);
    assert_eq!(code(&client.activate()), "400 HA_APPLIANCE_HAS_EXTENSIONS");
    let mut client = Client::new("fresh");
    let none = client.post(GROUPS, &json!({ "appliances": ["none"] }));
    assert_eq!(code(&none), "400 HA_APPLIANCE_NOT_FOUND");
    client.grouped();
    assert_eq!(code(&client.activate()), "409 HA_ALREADY_MEMBER");
}

#[test]
fn a_group_forms_on_both_sites() {
    let mut client = Client::new("fresh");
    client.scaled(2);
    let made = client.activate();
    assert_eq!(made.0, 202);
    assert_eq!(roles(&mut client, SOURCE), ["dc1-to-cloud-NE-I1 UNDECIDED", "dc1-to-cloud-NE-I2 UNDECIDED"]);
    assert_eq!(code(&client.scale(3)), "409 OPERATION_IN_PROGRESS");
    client.wait(240);
    assert_eq!(roles(&mut client, SOURCE), ["dc1-to-cloud-NE-I1 ACTIVE", "dc1-to-cloud-NE-I2 STANDBY"]);
    assert_eq!(roles(&mut client, CLOUD), ["dc1-to-cloud-NE-R1 ACTIVE", "dc1-to-cloud-NE-R2 STANDBY"]);
    let path = format!("{GROUPS}/{}", text(&made.1["data"]["groupId"]));
    let mut group = client.get(SOURCE, &path);
    group.as_object_mut().unwrap().retain(|key, _| {
        ["name", "groupType", "status", "policyInfo", "networkExtensionCount"].contains(&key.as_str())
    });
    insta::assert_snapshot!(serde_json::to_string_pretty(&group).unwrap());
}

#[test]
fn each_failover_swaps_the_roles_again() {
    let mut client = Client::new("fresh");
    let path = format!("{GROUPS}/{}/forceFailover", client.grouped());
    for active in ["I2", "I1"] {
        assert_eq!(client.post(&path, &Value::Null).0, 202);
        assert_eq!(code(&client.post(&path, &Value::Null)), "409 HA_GROUP_NOT_READY");
        client.wait(20);
        assert!(roles(&mut client, SOURCE).contains(&format!("dc1-to-cloud-NE-{active} ACTIVE")));
    }
    let mesh = text(&client.mesh()["serviceMeshId"]);
    let events = client.get(SOURCE, &format!("{GROUPS}/events/{mesh}"));
    let codes: Vec<_> = events["items"].as_array().unwrap().iter().map(|it| text(&it["eventCode"])).collect();
    assert_eq!(codes, ["CREATED", "FAILOVER", "FAILOVER"]);
}

#[test]
fn a_failed_activation_binds_nobody() {
    let mut client = Client::new("fresh");
    client.scaled(2);
    client.fault("createHaGroup=fail-job");
    let task = client.activate();
    client.wait(240);
    assert_eq!(client.task(&task)["status"], "FAILED");
    assert_eq!(client.get(SOURCE, GROUPS)["items"][0]["status"]["groupState"], "FAILED");
    assert_eq!(client.activate().0, 202);
    client.wait(240);
    assert_eq!(client.get(SOURCE, GROUPS)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_failed_group_that_is_not_deleted_stays_failed() {
    let mut client = Client::new("fresh");
    client.scaled(2);
    client.fault("createHaGroup=fail-job");
    client.fault("deleteHaGroup=fail-job");
    let id = text(&client.activate().1["data"]["groupId"]);
    client.wait(240);
    for left in [1, 0] {
        assert_eq!(client.delete(&format!("{GROUPS}/{id}")).0, 202);
        client.wait(120);
        let all = client.get(SOURCE, GROUPS)["items"].as_array().unwrap().clone();
        assert_eq!(all.len(), left);
        assert!(all.iter().all(|it| it["status"]["groupState"] == "FAILED"));
    }
}

#[test]
fn activation_and_deactivation_lead_back() {
    let mut client = Client::new("fresh");
    client.scaled(2);
    let first = client.twin.digest();
    client.activate();
    client.wait(240);
    let path = format!("{GROUPS}/{}", text(&client.get(SOURCE, GROUPS)["items"][0]["groupId"]));
    assert_eq!(client.delete(&path).0, 202);
    client.wait(120);
    assert_eq!(client.delete(&path).0, 404);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_group_in_use_is_dissolved_by_force_alone() {
    let mut client = Client::new("fresh");
    let id = client.grouped();
    client.extended("web-30", "10.20.30.1", Some(&id));
    assert_eq!(code(&client.delete(&format!("{GROUPS}/{id}"))), "409 HA_GROUP_IN_USE");
    assert_eq!(client.delete(&format!("{GROUPS}/{id}?force=true")).0, 202);
    client.wait(3600);
    // The network is over the appliance that was active.
    let entry = client.get(SOURCE, EXTENSIONS)["items"][0].clone();
    assert_eq!(entry["clusterId"], client.appliances(SOURCE)[0]["applianceId"]);
    assert_eq!(client.appliances(SOURCE)[0]["networkExtensionCount"], 1);
}

#[test]
fn what_is_asked_of_a_group_at_once_is_done_one_after_another() {
    let mut client = Client::new("fresh");
    let id = client.grouped();
    client.extend("web-30", "10.20.30.1", Some(&id));
    client.extend("app-31", "10.20.31.1", Some(&id));
    let failover = client.post(&format!("{GROUPS}/{id}/forceFailover"), &Value::Null);
    let states = |client: &mut Client| {
        let all = client.get(SOURCE, EXTENSIONS);
        let state =
            |it: &Value| format!("{} {}", text(&it["networkName"]), text(&it["operationStatus"]["state"]));
        let mut all: Vec<_> = all["items"].as_array().unwrap().iter().map(state).collect();
        all.sort();
        all
    };
    client.wait(90);
    assert_eq!(states(&mut client), ["app-31 EXTENDING", "web-30 COMPLETED"]);
    assert_eq!(client.task(&failover)["status"], "QUEUED");
    client.wait(90);
    assert_eq!(states(&mut client), ["app-31 COMPLETED", "web-30 COMPLETED"]);
    client.wait(10);
    assert_eq!(client.task(&failover)["status"], "RUNNING");
    client.wait(10);
    assert_eq!(client.task(&failover)["status"], "SUCCESS");
}
