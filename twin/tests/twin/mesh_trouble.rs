//! Meshes whose task vanished, and meshes that are removed by force (sections 4, 8.1 and 13).

use serde_json::Value;

use crate::driver::{Client, EXTENSIONS, GROUPS, MESHES, SOURCE, code, text};

fn path(client: &mut Client) -> String {
    format!("{MESHES}/{}", text(&client.mesh()["serviceMeshId"]))
}

fn resynced(client: &mut Client) {
    let at = path(client);
    assert_eq!(client.ask(&at, "resync").0, 202);
    client.wait(60);
}

#[test]
fn a_task_that_vanishes_leaves_the_mesh_blocked_until_a_resync() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    client.fault("updateServiceMesh=lose-task");
    let edit = client.scale(2);
    let task = format!("/hybridity/api/interconnect/tasks/{}", text(&edit.1["data"]["interconnectTaskId"]));
    assert_eq!(client.get(SOURCE, &task)["status"], "RUNNING");
    client.wait(3600);
    assert_eq!(client.call(SOURCE, "GET", &task, &Value::Null).0, 404);
    // The mesh says for ever that it runs, and takes nothing else.
    assert_eq!(client.mesh()["state"], "UPDATING");
    assert_eq!(client.mesh()["lastTaskDetails"]["status"], "RUNNING");
    assert_eq!(code(&client.scale(3)), "409 OPERATION_IN_PROGRESS");
    let at = path(&mut client);
    assert_eq!(code(&client.delete(&at)), "409 OPERATION_IN_PROGRESS");
    resynced(&mut client);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_resync_settles_what_waits_on_the_mesh_for_ever() {
    let mut client = Client::new("fresh");
    client.scaled(3);
    let first = client.twin.digest();
    client.fault("createHaGroup=lose-task");
    client.fault("createExtensions=lose-task");
    client.activate();
    let third = client.appliances(SOURCE)[2]["applianceId"].clone();
    let mut item = client.item("web-30", "10.20.30.1", None);
    item["sourceAppliance"]["applianceId"] = third;
    client.post(EXTENSIONS, &serde_json::json!({ "items": [item] }));
    client.wait(3600);
    resynced(&mut client);
    let group = client.get(SOURCE, GROUPS)["items"][0].clone();
    assert_eq!(group["status"]["groupState"], "FAILED");
    let extension = client.get(SOURCE, EXTENSIONS)["items"][0].clone();
    assert_eq!(extension["operationStatus"]["state"], "FAILED");
    client.delete(&format!("{GROUPS}/{}", text(&group["groupId"])));
    client.unextend(&text(&extension["stretchId"]));
    client.wait(3600);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn work_whose_task_vanishes_is_settled_as_well() {
    let mut client = Client::new("degraded-group");
    let id = text(&client.get(SOURCE, GROUPS)["items"][0]["groupId"]);
    client.fault("recoverHaGroup=lose-task");
    client.ask(&format!("{GROUPS}/{id}"), "recover");
    client.wait(3600);
    assert_eq!(code(&client.ask(&format!("{GROUPS}/{id}"), "recover")), "409 HA_GROUP_NOT_READY");
    resynced(&mut client);
    assert_eq!(client.ask(&format!("{GROUPS}/{id}"), "recover").0, 202);
}

#[test]
fn a_mesh_learns_of_an_edited_profile_by_a_resync() {
    let mut client = Client::new("fresh");
    let profiles = client.get(SOURCE, "/hybridity/api/interconnect/computeProfiles");
    let mut profile = profiles["items"][0].clone();
    profile["switches"][0]["l2cApplianceCount"] = serde_json::json!(6);
    let id = text(&profile["computeProfileId"]);
    client.put(&format!("/hybridity/api/interconnect/computeProfiles/{id}"), &profile);
    client.wait(60);
    let status = |client: &mut Client| text(&client.mesh()["status"]["services"][0]["status"]);
    assert_eq!(status(&mut client), "OUT_OF_SYNC");
    resynced(&mut client);
    assert_eq!(status(&mut client), "IN_SYNC");
}

#[test]
fn a_mesh_is_removed_by_force_with_what_its_appliances_carry() {
    let mut client = Client::new("degraded-group");
    let at = path(&mut client);
    assert_eq!(code(&client.delete(&at)), "400 APPLIANCE_IN_USE");
    assert_eq!(client.delete(&format!("{at}?force=true")).0, 202);
    client.wait(3600);
    let world = client.twin.world();
    for gone in ["/meshes", "/groups", "/extensions", "/cloud/segments"] {
        assert_eq!(world.pointer(gone).unwrap().as_object().unwrap().len(), 0, "{gone}");
    }
}

#[test]
fn a_mesh_whose_peer_is_gone_is_removed_by_force_alone() {
    let mut client = Client::yaml("extends: fresh\npaired: false");
    let at = path(&mut client);
    assert_eq!(code(&client.delete(&at)), "400 PEER_UNREACHABLE");
    assert_eq!(client.delete(&format!("{at}?force=true")).0, 202);
}

#[test]
fn the_systems_own_mesh_is_seen_and_not_touched() {
    let mut client = Client::yaml("extends: no-mesh\nsystem_mesh: true");
    let first = client.twin.world();
    let mesh = client.mesh();
    assert_eq!(mesh["backingApplianceType"], "NOT_APPLICABLE");
    assert!(text(&mesh["name"]).starts_with("default-service-mesh-"));
    let at = path(&mut client);
    let edit = serde_json::json!({ "switchPairCount": [{ "l2cApplianceCount": 1 }] });
    assert_eq!(code(&client.put(&at, &edit)), "400 SYSTEM_MESH");
    assert_eq!(code(&client.ask(&at, "resync")), "400 SYSTEM_MESH");
    assert_eq!(code(&client.delete(&format!("{at}?force=true"))), "400 SYSTEM_MESH");
    // It takes no addresses and has no appliances.
    let without = Client::new("no-mesh").twin.world();
    assert_eq!(first["source"], without["source"]);
    assert_eq!(client.appliances(SOURCE).len(), 0);
}
