//! Service meshes and their edits (section 8).

use serde_json::{Value, json};

use crate::driver::{APPLIANCES, CLOUD, Client, MESHES, SOURCE, code, text};

fn count(client: &mut Client) -> u64 {
    client.mesh()["switchPairCount"][0]["l2cApplianceCount"].as_u64().unwrap()
}

fn state(client: &mut Client) -> String {
    text(&client.mesh()["state"])
}

/// Whether each of the source's Network Extension appliances is up.
fn up(client: &mut Client) -> Vec<bool> {
    let all = client.appliances(SOURCE);
    all.iter().map(|it| it["status"]["summary"]["overallStatus"] == "UP").collect()
}

#[test]
fn an_edit_shows_its_count_when_it_is_committed_and_its_appliances_before() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    let edit = client.scale(2);
    assert_eq!(edit.0, 202);
    assert_eq!(code(&client.scale(3)), "409 OPERATION_IN_PROGRESS");
    client.wait(200);
    assert_eq!((count(&mut client), state(&mut client).as_str()), (1, "UPDATING"));
    assert_eq!(up(&mut client), [true, false]);
    insta::assert_snapshot!(steps(&client.task(&edit)));
    client.wait(190);
    assert_eq!((count(&mut client), state(&mut client).as_str()), (2, "COMMITTED"));
    assert_eq!(up(&mut client), [true, true]);
    assert_eq!(client.task(&edit)["status"], "SUCCESS");
    // The mesh's own word about its last task stays stale (section 4), on both managers.
    assert_eq!(client.get(CLOUD, MESHES)["items"][0]["lastTaskDetails"]["status"], "RUNNING");
    client.scaled(1);
    assert_eq!(client.twin.digest(), first);
}

fn steps(task: &Value) -> String {
    let head = format!("{} {} {}%\n", text(&task["type"]), text(&task["status"]), task["progress"]);
    let line = |it: &Value| format!("{} {}\n", text(&it["title"]), text(&it["status"]));
    head + &task["steps"].as_array().unwrap().iter().map(line).collect::<String>()
}

#[test]
fn a_failed_edit_leaves_appliances_behind_which_the_former_object_takes_away() {
    let mut client = Client::new("fresh");
    let (first, before) = (client.twin.digest(), client.mesh());
    client.fault("updateServiceMesh=fail-job no room");
    let edit = client.scale(2);
    client.wait(3600);
    let task = client.task(&edit);
    assert_eq!((text(&task["status"]), text(&task["errorMessage"])), ("FAILED".into(), "no room".into()));
    insta::assert_snapshot!(steps(&task));
    assert_eq!((count(&mut client), state(&mut client).as_str()), (1, "UPDATE_FAILED"));
    assert_eq!(up(&mut client), [true, false]);
    assert_eq!(client.put_mesh(&before).0, 202);
    client.wait(3600);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_failed_edit_can_be_made_again_or_cleared_by_a_resync() {
    for again in [true, false] {
        let mut client = Client::new("fresh");
        let first = client.twin.digest();
        client.fault("updateServiceMesh=fail-job");
        client.scaled(2);
        assert_eq!(state(&mut client), "UPDATE_FAILED");
        if again {
            client.scaled(2);
            assert_eq!((count(&mut client), up(&mut client)), (2, vec![true, true]));
            client.scaled(1);
        } else {
            let path = format!("{MESHES}/{}/resync", text(&client.mesh()["serviceMeshId"]));
            assert_eq!(client.post(&path, &json!({})).0, 202);
            client.wait(60);
            assert!(client.mesh()["lastTaskDetails"].is_null());
        }
        assert_eq!(client.twin.digest(), first);
    }
}

#[test]
fn an_edit_without_free_addresses_is_accepted_and_fails() {
    let mut client = Client::new("no-addresses");
    let edit = client.scale(2);
    assert_eq!(edit.0, 202);
    client.wait(30);
    let why = text(&client.task(&edit)["errorMessage"]);
    assert_eq!(why, "network profile cloud-uplink has too few free addresses: 0 left, 1 needed");
    assert_eq!(up(&mut client), [true]);
}

#[test]
fn the_same_count_again_makes_no_new_appliances() {
    let mut client = Client::new("fresh");
    client.scaled(2);
    let before = client.twin.digest();
    client.scaled(2);
    assert_eq!(client.twin.digest(), before);
}

#[test]
fn what_an_appliance_carries_keeps_it() {
    let mut client = Client::new("fresh");
    client.grouped();
    assert_eq!(code(&client.scale(1)), "400 APPLIANCE_IN_USE");
    let path = format!("{MESHES}/{}", text(&client.mesh()["serviceMeshId"]));
    assert_eq!(code(&client.delete(&path)), "400 APPLIANCE_IN_USE");
    // Above the group there is one to spare.
    client.scaled(3);
    client.scaled(2);
}

#[test]
fn meshes_are_changed_at_the_initiator_and_within_limits() {
    let mut client = Client::new("fresh");
    assert_eq!(code(&client.scale(5)), "400 APPLIANCE_LIMIT_EXCEEDED");
    let mesh = client.mesh();
    let path = format!("{MESHES}/{}", text(&mesh["serviceMeshId"]));
    assert_eq!(code(&client.call(CLOUD, "PUT", &path, &mesh)), "400 NOT_INITIATOR");
    assert_eq!(code(&client.put(&format!("{MESHES}/none"), &mesh)), "404 NOT_FOUND");
}

fn spec(client: &mut Client, services: &[&str], count: u32) -> Value {
    let mut profile = |at| {
        let all = client.get(at, "/hybridity/api/interconnect/computeProfiles");
        json!({ "computeProfileId": all["items"][0]["computeProfileId"] })
    };
    json!({
        "name": "new-mesh", "computeProfiles": [profile(SOURCE), profile(CLOUD)],
        "services": services.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "switchPairCount": [{ "l2cApplianceCount": count }],
    })
}

#[test]
fn a_mesh_is_made_and_deleted_again() {
    let mut client = Client::new("no-mesh");
    let first = client.twin.digest();
    let usual = ["INTERCONNECT", "VMOTION", "RAV", "NETWORK_EXTENSION"];
    let wanted = spec(&mut client, &usual, 2);
    assert_eq!(client.post(&format!("{MESHES}/preview"), &wanted).0, 200);
    assert_eq!(client.twin.digest(), first);
    let made = client.post(MESHES, &wanted);
    assert_eq!(made.0, 202);
    assert_eq!((state(&mut client).as_str(), up(&mut client)), ("CREATING", vec![false, false]));
    assert_eq!(code(&client.post(MESHES, &wanted)), "409 MESH_EXISTS");
    client.wait(360 + 2 * 360);
    assert_eq!((state(&mut client).as_str(), up(&mut client)), ("COMMITTED", vec![true, true]));
    let all = client.get(SOURCE, APPLIANCES);
    let kinds: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|it| text(&it["applianceType"])).collect();
    assert_eq!(kinds, ["HCX-NET-EXT", "HCX-NET-EXT", "HCX-WAN-IX"]);
    let path = format!("{MESHES}/{}", text(&made.1["data"]["serviceMeshId"]));
    assert_eq!(client.delete(&path).0, 202);
    client.wait(3600);
    assert_eq!(client.delete(&path).0, 404);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_mesh_is_refused_for_what_it_lacks() {
    let mut client = Client::new("no-mesh");
    let mut refused = |services: &[&str], count| {
        let wanted = spec(&mut client, services, count);
        code(&client.post(MESHES, &wanted))
    };
    assert_eq!(refused(&["INTERCONNECT", "VMOTION", "NETWORK_EXTENSION"], 9), "400 APPLIANCE_LIMIT_EXCEEDED");
    assert_eq!(refused(&["INTERCONNECT", "NETWORK_EXTENSION"], 1), "202 -");
    let mut wanted = spec(&mut client, &["VMOTION"], 0);
    wanted["computeProfiles"][0]["computeProfileId"] = json!("another");
    assert_eq!(code(&client.post(MESHES, &wanted)), "400 INVALID_COMPUTE_PROFILES");
    // From 9.1.1 on the interconnect needs a migration service.
    let mut client = Client::yaml("extends: no-mesh\nsource: { version: 9.1.1 }");
    let wanted = spec(&mut client, &["INTERCONNECT", "NETWORK_EXTENSION"], 1);
    assert_eq!(code(&client.post(MESHES, &wanted)), "400 INVALID_SERVICES");
    let wanted = spec(&mut client, &["INTERCONNECT", "VMOTION"], 0);
    client.post(MESHES, &wanted);
    assert_eq!(client.mesh()["backingApplianceType"], "EDGE");
    let mut client = Client::yaml("extends: no-mesh\npaired: false");
    let wanted = spec(&mut client, &["VMOTION"], 0);
    assert_eq!(code(&client.post(MESHES, &wanted)), "400 NOT_PAIRED");
}

#[test]
fn metrics_show_tunnels() {
    let mut client = Client::new("fresh");
    let query = json!({ "filter": { "applianceTypes": ["HCX-NET-EXT"] } });
    let metrics = client.query(SOURCE, "/hybridity/api/metrics/interconnect", &query);
    assert_eq!(metrics["paging"]["count"], 1);
    assert_eq!(metrics["items"][0]["summary"]["transportSummary"][0]["totalActiveTunnelCount"], 8);
}
