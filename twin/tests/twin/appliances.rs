//! What is done to appliances that are there (sections 9.1 and 16).

use serde_json::{Value, json};

use crate::driver::{APPLIANCES, CLOUD, Client, GROUPS, SOURCE, code, text};

/// Two pairs; the first is of an older version than the managers.
const OLDER: &str =
    "extends: fresh\nmeshes: { dc1-to-cloud: { appliances: 2, pairs: { 1: { version: 4.9.0 } } } }";

fn path(client: &mut Client, nth: usize) -> String {
    format!("{APPLIANCES}/{}", text(&client.appliances(SOURCE)[nth]["applianceId"]))
}

/// State and health of the source's first appliance.
fn health(client: &mut Client) -> String {
    let it = client.appliances(SOURCE)[0].clone();
    format!("{} {}", text(&it["state"]), text(&it["status"]["summary"]["overallStatus"]))
}

fn versions(client: &mut Client) -> [String; 2] {
    [SOURCE, CLOUD].map(|at| text(&client.appliances(at)[0]["version"]))
}

#[test]
fn a_redeploy_interrupts_unless_it_is_in_service_and_changes_nothing() {
    for (call, meanwhile) in
        [("redeploy", "REDEPLOYING DOWN"), ("redeploy?method=inService", "REDEPLOYING UP")]
    {
        let mut client = Client::new("already-extended");
        let first = client.twin.digest();
        let at = path(&mut client, 1);
        let made = client.ask(&at, call);
        assert_eq!(made.0, 202);
        assert_eq!(code(&client.ask(&at, call)), "409 OPERATION_IN_PROGRESS");
        client.wait(10);
        let it = client.appliances(SOURCE)[1].clone();
        let now = format!("{} {}", text(&it["state"]), text(&it["status"]["summary"]["overallStatus"]));
        assert_eq!(now, meanwhile);
        client.wait(300);
        assert_eq!(client.task(&made)["status"], "SUCCESS");
        assert_eq!(client.twin.digest(), first);
    }
}

#[test]
fn a_redeploy_mends_an_appliance_that_is_down() {
    let mut client = Client::yaml(
        "extends: fresh\nmeshes: { dc1-to-cloud: { appliances: 1, pairs: { 1: { up: false } } } }",
    );
    let at = path(&mut client, 0);
    client.fault("redeployAppliance=fail-job no room");
    for expected in ["CONFIGURED DOWN", "CONFIGURED UP"] {
        client.ask(&at, "redeploy");
        client.wait(300);
        assert_eq!(health(&mut client), expected);
    }
    // One that fails late has made the appliance anew, and it does not come up.
    client.fault("redeployAppliance=fail-late");
    client.ask(&at, "redeploy");
    client.wait(300);
    assert_eq!(health(&mut client), "CONFIGURED DOWN");
}

#[test]
fn an_upgrade_goes_to_the_version_of_the_manager_of_the_site() {
    let mut client = Client::yaml(&format!("{OLDER}\ncloud: {{ version: 4.11.2 }}"));
    let it = client.appliances(SOURCE)[0].clone();
    assert_eq!((&it["updateAvailable"], &it["availableVersion"]), (&json!(true), &json!("4.11.1")));
    let at = path(&mut client, 0);
    client.ask(&at, "upgrade?local=true");
    client.wait(300);
    assert_eq!(versions(&mut client), ["4.11.1", "4.9.0"]);
    assert_eq!(code(&client.ask(&at, "upgrade?local=true")), "400 NO_NEWER_VERSION");
    client.ask(&at, "upgrade");
    client.wait(300);
    assert_eq!(versions(&mut client), ["4.11.1", "4.11.2"]);
    assert_eq!(code(&client.ask(&at, "upgrade")), "400 NO_NEWER_VERSION");
    assert_eq!(client.appliances(SOURCE)[0]["updateAvailable"], false);
}

#[test]
fn appliances_of_a_scene_have_the_versions_of_their_managers_unless_it_says_others() {
    let mut client = Client::yaml("extends: fresh\ncloud: { version: 4.11.2 }");
    assert_eq!(versions(&mut client), ["4.11.1", "4.11.2"]);
    let mut client = Client::yaml(
        "extends: fresh\nmeshes: { dc1-to-cloud: { version: { source: 4.9.0, cloud: 4.10.0 } } }",
    );
    assert_eq!(versions(&mut client), ["4.9.0", "4.10.0"]);
    assert_eq!(client.twin.world()["meshes"]["dc1-to-cloud"]["interconnect"]["version"], "4.9.0 and 4.10.0");
}

#[test]
fn the_interconnect_appliance_is_upgraded_as_well() {
    let mut client = Client::yaml("extends: fresh\nmeshes: { dc1-to-cloud: { version: 4.9.0 } }");
    let query = json!({ "filter": { "applianceType": "HCX-WAN-IX" } });
    let it = client.query(SOURCE, &format!("{APPLIANCES}/query"), &query)["items"][0].clone();
    assert_eq!(it["version"], "4.9.0");
    let at = format!("{APPLIANCES}/{}", text(&it["applianceId"]));
    assert_eq!(client.ask(&at, "upgrade").0, 202);
    client.wait(300);
    assert_eq!(client.twin.world()["meshes"]["dc1-to-cloud"]["interconnect"]["version"], "4.11.1");
}

#[test]
fn a_mesh_without_the_interconnect_has_no_appliance_and_no_address_for_it() {
    let mut client =
        Client::yaml("extends: fresh\nmeshes: { dc1-to-cloud: { services: [NETWORK_EXTENSION] } }");
    let all = client.get(SOURCE, APPLIANCES)["items"].as_array().unwrap().clone();
    assert_eq!(all.len(), 1);
    let pools = client.twin.world()["source"]["network_profiles"].clone();
    assert_eq!(pools["hcx-connector-dc1-management"]["free_addresses"], 15);
}

#[test]
fn an_appliance_is_not_made_anew_for_what_stands_in_the_way() {
    let mut client = Client::yaml(
        "extends: fresh
source: { networks: { odd: { vlan: 40, kind: ephemeral } } }
extensions: [{ network: odd, gateway: 10.40.0.1/24, mesh: dc1-to-cloud, pair: 1, router: tier1-production }]",
    );
    let at = path(&mut client, 0);
    assert_eq!(code(&client.ask(&at, "redeploy")), "400 EPHEMERAL_NETWORK");
    assert_eq!(client.ask(&at, "forceSync").0, 202);
    assert_eq!(client.ask(&format!("{APPLIANCES}/none"), "redeploy").0, 404);
    assert_eq!(code(&client.ask(&at, "redeploy?method=both")), "400 INVALID_REQUEST");
    let mut client = Client::new("fresh");
    client.extend("web-30", "10.20.30.1", None);
    let at = path(&mut client, 0);
    assert_eq!(code(&client.ask(&at, "redeploy")), "409 OPERATION_IN_PROGRESS");
    client.wait(90);
    client.scaled(3);
    let second = client.appliances(SOURCE)[1]["applianceId"].clone();
    client.post(GROUPS, &json!({ "appliances": [second] }));
    client.wait(240);
    for method in ["legacy", "inService"] {
        let at = path(&mut client, 1);
        assert_eq!(code(&client.ask(&at, &format!("redeploy?method={method}"))), "400 APPLIANCE_IN_HA_GROUP");
    }
}

#[test]
fn an_in_service_redeploy_needs_addresses_for_the_pair_beside_the_old_one() {
    let mut client = Client::new("no-addresses");
    let at = path(&mut client, 0);
    let made = client.ask(&at, "redeploy?method=inService");
    client.wait(300);
    let why = text(&client.task(&made)["errorMessage"]);
    assert_eq!(why, "network profile cloud-uplink has too few free addresses: 0 left, 1 needed");
    assert_eq!(client.ask(&at, "redeploy").0, 202);
}

#[test]
fn a_left_over_appliance_alone_is_deleted() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    let at = path(&mut client, 0);
    assert_eq!(code(&client.delete(&at)), "400 APPLIANCE_IN_USE");
    client.fault("updateServiceMesh=fail-job");
    client.scaled(2);
    let left = path(&mut client, 1);
    let made = client.delete(&left);
    assert_eq!(made.0, 202);
    client.wait(120);
    assert_eq!(client.delete(&left).0, 404);
    // What the mesh says of its last task is cleared by a resync, as before.
    let mesh = text(&client.mesh()["serviceMeshId"]);
    client.post(&format!("{}/{mesh}/resync", crate::driver::MESHES), &Value::Null);
    client.wait(60);
    assert_eq!(client.twin.digest(), first);
}
