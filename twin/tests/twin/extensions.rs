//! Network extensions (section 10).

use serde_json::{Value, json};

use crate::driver::{CLOUD, Client, EXTENSIONS, NETWORKS, SOURCE, code, text};

/// What becomes of one item, with something about it changed.
fn refused(client: &mut Client, network: &str, gateway: &str, change: impl Fn(&mut Value)) -> String {
    let mut item = client.item(network, gateway, None);
    change(&mut item);
    code(&client.post(EXTENSIONS, &json!({ "items": [item] })))
}

#[test]
fn an_extension_is_refused_for_what_it_needs() {
    let mut client = Client::yaml(
        "extends: fresh\nmeshes: { dc1-to-cloud: { appliances: 3, pairs: { 3: { up: false } } } }\nha_groups: [{ mesh: dc1-to-cloud, active: 1, standby: 2 }]\nsource: { networks: { odd: { vlan: 40, kind: ephemeral }, plain: { vlan: 0 } } }",
    );
    let c = &mut client;
    let third = c.appliances(SOURCE)[2]["applianceId"].clone();
    let none = |_: &mut Value| {};
    assert_eq!(refused(c, "web-30", "10.20.30.1", none), "207 APPLIANCE_IN_HA_GROUP");
    assert_eq!(refused(c, "odd", "10.20.30.1", none), "207 NETWORK_NOT_ELIGIBLE");
    assert_eq!(refused(c, "plain", "10.20.30.1", none), "207 NETWORK_NOT_ELIGIBLE");
    for gateway in ["10.20.30.0", "10.20.30.255", "10.20.30", "x"] {
        assert_eq!(refused(c, "web-30", gateway, none), "207 INVALID_GATEWAY", "{gateway}");
    }
    let with = |pointer: &'static str, value: Value| {
        move |it: &mut Value| *it.pointer_mut(pointer).unwrap() = value.clone()
    };
    let g = "10.20.30.1";
    assert_eq!(refused(c, "web-30", g, with("/netmask", json!("255.0.255.0"))), "207 INVALID_GATEWAY");
    assert_eq!(
        refused(c, "web-30", g, with("/sourceNetwork/networkId", json!("none"))),
        "207 NETWORK_NOT_FOUND"
    );
    assert_eq!(
        refused(c, "web-30", g, with("/destinationNetwork/gatewayId", json!("none"))),
        "207 DESTINATION_GATEWAY_NOT_FOUND"
    );
    assert_eq!(
        refused(c, "web-30", g, with("/sourceAppliance/applianceId", third)),
        "207 APPLIANCE_NOT_READY"
    );
    assert_eq!(
        refused(c, "web-30", g, with("/sourceAppliance/applianceId", json!("none"))),
        "207 APPLIANCE_NOT_FOUND"
    );
    let group = json!({ "haGroupId": "none" });
    assert_eq!(refused(c, "web-30", g, with("/sourceAppliance/haConfig", group)), "207 HA_GROUP_NOT_READY");
}

#[test]
fn what_is_extended_already_stands_in_the_way() {
    let mut client = Client::new("already-extended");
    let none = |_: &mut Value| {};
    assert_eq!(refused(&mut client, "web-30", "10.9.9.1", none), "207 NETWORK_ALREADY_EXTENDED");
    assert_eq!(refused(&mut client, "app-31", "10.20.30.1", none), "207 GATEWAY_IN_USE");
    assert_eq!(refused(&mut client, "app-31", "10.20.30.2", none), "207 SUBNET_OVERLAP");
    let item = client.item("web-30", "10.20.30.1", None);
    let verdict =
        client.post(&format!("{EXTENSIONS}/validate?validateDestination=true"), &json!({ "items": [item] }));
    assert_eq!(code(&verdict), "400 NETWORK_ALREADY_EXTENDED");
}

#[test]
fn an_appliance_carries_eight_networks() {
    let networks: Vec<_> = (0..9).map(|n| format!("n{n}: {{ vlan: {} }}", 100 + n)).collect();
    let networks = networks.join(", ");
    let mut client = Client::yaml(&format!("extends: fresh\nsource: {{ networks: {{ {networks} }} }}"));
    for n in 0..8 {
        client.extended(&format!("n{n}"), &format!("10.50.{n}.1"), None);
    }
    assert_eq!(client.appliances(SOURCE)[0]["networkExtensionCount"], 8);
    assert_eq!(code(&client.extend("n8", "10.50.8.1", None)), "207 APPLIANCE_CAPACITY");
}

#[test]
fn an_extension_shows_its_group_and_makes_a_segment_until_it_is_taken_back() {
    let mut client = Client::new("fresh");
    let group = client.grouped();
    let first = client.twin.digest();
    let segments = |client: &mut Client| {
        let all = client.query(CLOUD, NETWORKS, &json!({}));
        all["data"]["items"].as_array().unwrap().iter().map(|it| text(&it["name"])).collect::<Vec<_>>()
    };
    let made = client.extend("web-30", "10.20.30.1", Some(&group));
    let id = text(&made.1["data"]["items"][0]["stretchId"]);
    let state = |client: &mut Client| {
        text(&client.get(SOURCE, &format!("{EXTENSIONS}/{id}"))["operationStatus"]["state"])
    };
    assert_eq!((state(&mut client).as_str(), segments(&mut client).len()), ("EXTENDING", 0));
    assert_eq!(code(&client.unextend(&id)), "409 OPERATION_IN_PROGRESS");
    client.wait(90);
    assert_eq!(state(&mut client), "COMPLETED");
    assert_eq!(segments(&mut client), ["L2E_web-30"]);
    let entry = client.get(SOURCE, EXTENSIONS)["items"][0].clone();
    assert_eq!(entry["clusterId"], group.as_str());
    assert_eq!(entry["sourceAppliance"]["haConfig"]["haGroupName"], "dc1-to-cloud-HA-12");
    let older = client.get(SOURCE, "/hybridity/api/l2Extensions")["items"][0].clone();
    assert_eq!(older["destinationAppliance"]["applianceName"], "dc1-to-cloud-NE-R1");
    // Taking it back is a job.
    let job = format!("/hybridity/api/jobs/{}", text(&client.unextend(&id).1["id"]));
    client.wait(30);
    let running = client.get(SOURCE, &job);
    assert_eq!((&running["isDone"], &running["percentComplete"]), (&json!(false), &json!(50)));
    client.wait(30);
    let done = client.get(SOURCE, &job);
    assert_eq!((&done["isDone"], &done["didFail"]), (&json!(true), &json!(false)));
    assert_eq!((segments(&mut client).len(), client.unextend(&id).0), (0, 404));
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_207_says_which_item_was_refused() {
    let mut client = Client::new("fresh");
    let items = [client.item("web-30", "10.20.30.1", None), client.item("app-31", "10.20.30.1", None)];
    let (status, body) = client.post(EXTENSIONS, &json!({ "items": items }));
    let errors = |n: usize| body["data"]["items"][n]["errors"].as_array().unwrap().len();
    assert_eq!((status, errors(0), errors(1)), (207, 0, 1));
    // A part of it took effect, and a wholly refused one none.
    assert!(client.twin.log().last().unwrap().effect);
    client.extend("db-32", "nonsense", None);
    assert!(!client.twin.log().last().unwrap().effect);
}

#[test]
fn a_failed_extension_stays_in_the_list_until_it_is_deleted() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    client.fault("createExtensions=fail-job the peer is unreachable");
    let id = client.extended("web-30", "10.20.30.1", None);
    let entry = client.get(SOURCE, &format!("{EXTENSIONS}/{id}"));
    assert_eq!(entry["operationStatus"], json!({ "state": "FAILED", "message": "the peer is unreachable" }));
    client.fault("deleteExtension=fail-job");
    let job = text(&client.unextend(&id).1["id"]);
    client.wait(60);
    let job = client.get(SOURCE, &format!("/hybridity/api/jobs/{job}"));
    assert_eq!((&job["isDone"], &job["didFail"]), (&json!(true), &json!(true)));
    assert_eq!(client.get(SOURCE, EXTENSIONS)["items"][0]["operationStatus"]["state"], "FAILED");
    client.unextend(&id);
    client.wait(60);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn validation_looks_at_the_destination_when_it_is_told_to() {
    let mut client = Client::new("fresh");
    let validate = format!("{EXTENSIONS}/validate");
    let fine = client.item("web-30", "10.20.30.1", None);
    let mut lost = client.item("app-31", "10.20.31.1", None);
    lost["destinationNetwork"]["gatewayId"] = json!("none");
    let both = json!({ "items": [fine, lost] });
    assert_eq!(client.post(&validate, &both).0, 200);
    let (status, body) = client.post(&format!("{validate}?validateDestination=true"), &both);
    let item = |n: usize| body["data"]["items"][n]["errors"][0]["code"].clone();
    assert_eq!((status, item(0), item(1)), (207, Value::Null, json!("DESTINATION_GATEWAY_NOT_FOUND")));
    let verdict =
        client.post(&format!("{validate}?validateDestination=true"), &json!({ "items": [both["items"][1]] }));
    assert_eq!(code(&verdict), "400 DESTINATION_GATEWAY_NOT_FOUND");
}

#[test]
fn extensions_are_changed_at_the_initiator() {
    let mut client = Client::new("already-extended");
    let item = client.item("app-31", "10.20.31.1", None);
    let answer = client.call(CLOUD, "POST", EXTENSIONS, &json!({ "items": [item] }));
    assert_eq!(code(&answer), "400 NOT_INITIATOR");
    assert_eq!(client.get(CLOUD, EXTENSIONS)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn sites_that_are_not_paired_extend_nothing() {
    let mut client = Client::yaml("extends: fresh\npaired: false");
    assert_eq!(code(&client.extend("web-30", "10.20.30.1", None)), "400 NOT_PAIRED");
}

#[test]
fn the_older_way_to_extend_is_a_job() {
    let mut client = Client::new("fresh");
    let item = client.item("web-30", "10.20.30.1", None);
    let (status, body) = client.post("/hybridity/api/l2Extensions", &item);
    assert_eq!(status, 200);
    client.wait(90);
    let job = client.get(SOURCE, &format!("/hybridity/api/jobs/{}", text(&body["id"])));
    assert_eq!((&job["isDone"], &job["percentComplete"]), (&json!(true), &json!(100)));
    assert_eq!(client.get(SOURCE, EXTENSIONS)["items"][0]["networkName"], "web-30");
}
