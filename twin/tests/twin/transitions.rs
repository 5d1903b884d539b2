//! Moving extensions to another appliance or HA group without taking them back (section 10).

use serde_json::{Value, json};

use crate::driver::{Answered, Client, EXTENSIONS, GROUPS, SOURCE, code, text};

/// Three appliances, the first two of them an HA group; two networks are extended over the third.
const MOVABLE: &str = "extends: fresh
meshes: { dc1-to-cloud: { appliances: 3 } }
ha_groups: [{ mesh: dc1-to-cloud, active: 1, standby: 2 }]
extensions:
  - { network: web-30, gateway: 10.20.30.1/24, mesh: dc1-to-cloud, pair: 3, router: tier1-production }
  - { network: app-31, gateway: 10.20.31.1/24, mesh: dc1-to-cloud, pair: 3, router: tier1-production }";

fn group(client: &mut Client) -> String {
    text(&client.get(SOURCE, GROUPS)["items"][0]["groupId"])
}

fn appliance(client: &mut Client, nth: usize) -> String {
    text(&client.appliances(SOURCE)[nth]["applianceId"])
}

fn listed(client: &mut Client, network: &str) -> Value {
    let all = client.get(SOURCE, EXTENSIONS)["items"].clone();
    all.as_array().unwrap().iter().find(|it| it["networkName"] == network).unwrap().clone()
}

fn moved(client: &mut Client, network: &str, target: &str) -> Answered {
    let id = listed(client, network)["stretchId"].clone();
    let body = json!({ "items": [{ "stretchId": id, "targetClusterId": target }] });
    client.post(&format!("{EXTENSIONS}/transition"), &body)
}

#[test]
fn an_extension_moves_to_a_group_and_back() {
    let mut client = Client::yaml(MOVABLE);
    let first = client.twin.digest();
    let (group, third) = (group(&mut client), appliance(&mut client, 2));
    let before = listed(&mut client, "web-30");
    assert_eq!(moved(&mut client, "web-30", &group).0, 202);
    let meanwhile = listed(&mut client, "web-30");
    assert_eq!(meanwhile["operationStatus"]["state"], "TRANSITIONING");
    assert_eq!(meanwhile["clusterId"], json!(third));
    client.wait(30);
    let after = listed(&mut client, "web-30");
    assert_eq!(
        (&after["clusterId"], &after["operationStatus"]["state"]),
        (&json!(group), &json!("COMPLETED"))
    );
    // It was never taken back: id, date and segment are what they were.
    for key in ["stretchId", "creationDate", "cloudNetworkId"] {
        assert_eq!(after[key], before[key]);
    }
    moved(&mut client, "web-30", &third);
    client.wait(30);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn what_is_asked_of_one_appliance_is_done_one_after_another() {
    let mut client = Client::yaml(MOVABLE);
    let group = group(&mut client);
    moved(&mut client, "web-30", &group);
    moved(&mut client, "app-31", &group);
    client.wait(30);
    let states = ["web-30", "app-31"].map(|it| text(&listed(&mut client, it)["operationStatus"]["state"]));
    assert_eq!(states, ["COMPLETED", "TRANSITIONING"]);
    client.wait(30);
    assert_eq!(client.get(SOURCE, GROUPS)["items"][0]["networkExtensionCount"], 2);
}

#[test]
fn each_item_is_refused_for_what_it_lacks() {
    let mut client = Client::yaml(
        &MOVABLE
            .replace("appliances: 3", "appliances: 4, switches: { dvs-dmz: 1 }, pairs: { 4: { up: false } }"),
    );
    let (group, third) = (group(&mut client), appliance(&mut client, 2));
    let (member, down, other) =
        (appliance(&mut client, 0), appliance(&mut client, 3), appliance(&mut client, 4));
    let c = &mut client;
    assert_eq!(code(&moved(c, "web-30", &third)), "207 ALREADY_THERE");
    assert_eq!(code(&moved(c, "web-30", &member)), "207 APPLIANCE_IN_HA_GROUP");
    assert_eq!(code(&moved(c, "web-30", &other)), "207 SWITCH_MISMATCH");
    assert_eq!(code(&moved(c, "web-30", &down)), "207 APPLIANCE_NOT_READY");
    assert_eq!(code(&moved(c, "web-30", "none")), "207 APPLIANCE_NOT_FOUND");
    let id = listed(c, "web-30")["stretchId"].clone();
    let two = json!({ "items": [
        { "stretchId": id, "targetClusterId": group }, { "stretchId": "none", "targetClusterId": group },
    ] });
    let (status, body) = c.post(&format!("{EXTENSIONS}/transition"), &two);
    assert_eq!((status, &body["data"]["items"][0]["errors"]), (207, &json!([])));
    assert_eq!(body["data"]["items"][1]["errors"][0]["code"], "EXTENSION_NOT_FOUND");
    assert_eq!(code(&moved(c, "web-30", &group)), "207 EXTENSION_NOT_READY");
    assert_eq!(
        code(&c.post(&format!("{EXTENSIONS}/transition"), &json!({ "items": [] }))),
        "400 INVALID_REQUEST"
    );
}

#[test]
fn the_target_of_a_move_has_to_have_room_and_to_stay() {
    let networks: Vec<_> = (0..8).map(|n| format!("n{n}: {{ vlan: {} }}", 100 + n)).collect();
    let over = |n: usize| {
        format!(
            "  - {{ network: n{n}, gateway: 10.50.{n}.1/24, mesh: dc1-to-cloud, pair: 1, router: tier1-production }}"
        )
    };
    let there: Vec<_> = (0..7).map(over).collect();
    let scene =
        format!("{MOVABLE}\n{}\nsource: {{ networks: {{ {} }} }}", there.join("\n"), networks.join(", "));
    let mut client = Client::yaml(&scene);
    let group = group(&mut client);
    assert_eq!(moved(&mut client, "web-30", &group).0, 202);
    // What is on its way counts.
    assert_eq!(code(&moved(&mut client, "app-31", &group)), "207 APPLIANCE_CAPACITY");
    assert_eq!(code(&client.delete(&format!("{GROUPS}/{group}"))), "409 HA_GROUP_IN_USE");
}

#[test]
fn eligibility_names_targets_with_their_load() {
    let mut client = Client::yaml(MOVABLE);
    let id = listed(&mut client, "web-30")["stretchId"].clone();
    let wanted = json!({ "items": [{ "stretchId": id }, { "stretchId": "none" }] });
    let told = client.query(SOURCE, &format!("{EXTENSIONS}/transition/eligibility"), &wanted);
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}

#[test]
fn a_move_that_fails_leaves_the_extension_where_it_was() {
    let mut client = Client::yaml(MOVABLE);
    let (first, group, third) = (client.twin.digest(), group(&mut client), appliance(&mut client, 2));
    client.fault("transitionExtensions=fail-job the bridge could not be moved");
    client.fault("transitionExtensions=fail-late");
    moved(&mut client, "web-30", &group);
    client.wait(30);
    let it = listed(&mut client, "web-30");
    assert_eq!(it["clusterId"], json!(third));
    let failed = json!({ "state": "COMPLETED", "message": "the bridge could not be moved" });
    assert_eq!(it["operationStatus"], failed);
    assert_eq!(client.twin.digest(), first);
    // One that fails late has moved it.
    moved(&mut client, "web-30", &group);
    client.wait(30);
    assert_eq!(listed(&mut client, "web-30")["clusterId"], json!(group));
}
