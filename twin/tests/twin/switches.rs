//! Meshes that extend several switches (section 8).

use serde_json::{Value, json};

use crate::driver::{Client, GROUPS, MESHES, SOURCE, code, text};

/// One appliance on each of two switches, and a network on the second.
const TWO: &str = "extends: fresh
meshes: { dc1-to-cloud: { switches: { dvs-dmz: 1 } } }
source: { networks: { dmz-50: { vlan: 50, switch: dvs-dmz } } }";

/// The mesh's counts, as `dvs-production 1`.
fn counts(client: &mut Client) -> Vec<String> {
    let mesh = client.mesh();
    let line = |it: &Value| format!("{} {}", text(&it["switches"][0]["name"]), it["l2cApplianceCount"]);
    mesh["switchPairCount"].as_array().unwrap().iter().map(line).collect()
}

/// The source's appliances, as `dc1-to-cloud-NE-I1 dvs-production`.
fn appliances(client: &mut Client) -> Vec<String> {
    let line = |it: &Value| format!("{} {}", text(&it["applianceName"]), text(&it["dvsName"]));
    client.appliances(SOURCE).iter().map(line).collect()
}

/// Puts the mesh with another count on one of its switches, and waits.
fn put(client: &mut Client, switch: &str, count: u32) -> (u16, Value) {
    let mut mesh = client.mesh();
    for pair in mesh["switchPairCount"].as_array_mut().unwrap() {
        if pair["switches"][0]["name"] == switch {
            pair["l2cApplianceCount"] = json!(count);
        }
    }
    let answer = client.put_mesh(&mesh);
    client.wait(3600);
    answer
}

#[test]
fn each_switch_has_its_own_count_and_appliances() {
    let mut client = Client::yaml(TWO);
    let first = client.twin.digest();
    assert_eq!(counts(&mut client), ["dvs-dmz 1", "dvs-production 1"]);
    assert_eq!(appliances(&mut client), ["dc1-to-cloud-NE-I1 dvs-production", "dc1-to-cloud-NE-I2 dvs-dmz"]);
    put(&mut client, "dvs-production", 2);
    assert_eq!(counts(&mut client), ["dvs-dmz 1", "dvs-production 2"]);
    assert_eq!(appliances(&mut client)[2], "dc1-to-cloud-NE-I3 dvs-production");
    // The limit is one of each switch.
    put(&mut client, "dvs-dmz", 4);
    assert_eq!(counts(&mut client), ["dvs-dmz 4", "dvs-production 2"]);
    assert_eq!(code(&put(&mut client, "dvs-dmz", 5)), "400 APPLIANCE_LIMIT_EXCEEDED");
    put(&mut client, "dvs-dmz", 1);
    put(&mut client, "dvs-production", 1);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_switch_that_an_edit_leaves_out_loses_its_appliances() {
    let mut client = Client::yaml(TWO);
    let mut mesh = client.mesh();
    mesh["switchPairCount"].as_array_mut().unwrap().remove(0);
    client.put_mesh(&mesh);
    client.wait(3600);
    assert_eq!(appliances(&mut client), ["dc1-to-cloud-NE-I1 dvs-production"]);
    mesh["switchPairCount"][0]["switches"][0]["id"] = json!("none");
    mesh["switchPairCount"][0]["switches"][1]["id"] = json!("none");
    assert_eq!(code(&client.put_mesh(&mesh)), "400 SWITCH_NOT_FOUND");
    let twice = json!({ "switchPairCount": [{ "l2cApplianceCount": 1 }, { "l2cApplianceCount": 2 }] });
    let path = format!("{MESHES}/{}", text(&mesh["serviceMeshId"]));
    assert_eq!(code(&client.put(&path, &twice)), "400 INVALID_REQUEST");
}

#[test]
fn a_group_is_of_one_switch() {
    let mut client = Client::yaml(TWO);
    put(&mut client, "dvs-dmz", 2);
    let chosen = client.appliances(SOURCE)[1]["applianceId"].clone();
    assert_eq!(client.post(GROUPS, &json!({ "appliances": [chosen] })).0, 202);
    client.wait(240);
    let group = client.get(SOURCE, GROUPS)["items"][0].clone();
    assert_eq!((&group["name"], &group["dvsName"]), (&json!("dc1-to-cloud-HA-23"), &json!("dvs-dmz")));
    assert_eq!(group["remoteDvsName"], "overlay-tz");
    assert_eq!(code(&client.activate()), "400 HA_NO_ELIGIBLE_PARTNER");
}

#[test]
fn a_network_is_extended_over_appliances_of_its_switch() {
    let mut client = Client::yaml(TWO);
    assert_eq!(client.network("dmz-50")["dvsName"], "dvs-dmz");
    assert_eq!(code(&client.extend("dmz-50", "10.50.0.1", None)), "207 SWITCH_MISMATCH");
    let mut item = client.item("dmz-50", "10.50.0.1", None);
    item["sourceAppliance"]["applianceId"] = client.appliances(SOURCE)[1]["applianceId"].clone();
    assert_eq!(client.post(crate::driver::EXTENSIONS, &json!({ "items": [item] })).0, 202);
}

#[test]
fn vcenter_and_compute_profile_list_the_switches() {
    let mut client = Client::yaml(TWO);
    let profiles = client.get(SOURCE, "/hybridity/api/interconnect/computeProfiles");
    let switches = profiles["items"][0]["switches"].as_array().unwrap().clone();
    let line = |it: &Value| format!("{} {}", text(&it["name"]), it["l2cApplianceCount"]);
    assert_eq!(switches.iter().map(line).collect::<Vec<_>>(), ["dvs-production 4", "dvs-dmz 4"]);
}
