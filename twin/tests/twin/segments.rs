//! What an extension makes of the destination's segments, and what un-extending leaves of them (sections 10 and 14).

use serde_json::{Value, json};

use crate::driver::{Client, EXTENSIONS, NETWORKS, SOURCE, code, text};

/// The segments of the cloud, as `name routed` or `name isolated`.
fn segments(client: &mut Client) -> Vec<String> {
    let world = client.twin.world();
    let line = |(name, it): (&String, &Value)| {
        format!("{name} {}", if it["gateway_on"] == true { "routed" } else { "isolated" })
    };
    world["cloud"]["segments"].as_object().unwrap().iter().map(line).collect()
}

fn unextended(client: &mut Client, id: &str, connect: bool) {
    let path = format!("/hybridity/api/l2Extensions/{id}?connectToLocalRouter={connect}");
    assert_eq!(client.delete(&path).0, 202);
    client.wait(60);
}

#[test]
fn an_extension_makes_a_segment_that_is_not_routed() {
    let mut client = Client::new("fresh");
    client.extended("web-30", "10.20.30.1", None);
    assert_eq!(segments(&mut client), ["L2E_web-30 isolated"]);
    let all = client.query(crate::driver::CLOUD, NETWORKS, &json!({}));
    let it = all["data"]["items"][0].clone();
    assert_eq!((&it["name"], &it["isConnectedToRouter"]), (&json!("L2E_web-30"), &json!(false)));
}

#[test]
fn with_routing_the_segment_stays_and_is_used_again() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    let id = client.extended("web-30", "10.20.30.1", None);
    let extended = client.twin.digest();
    unextended(&mut client, &id, true);
    assert_eq!(segments(&mut client), ["L2E_web-30 routed"]);
    // Whatever network of that very subnet is extended next uses it.
    assert_eq!(code(&client.extend("app-31", "10.20.30.9", None)), "202 -");
    client.wait(90);
    let other = text(&client.get(SOURCE, EXTENSIONS)["items"][0]["stretchId"]);
    assert_eq!(segments(&mut client), ["L2E_web-30 isolated"]);
    unextended(&mut client, &other, true);
    let id = client.extended("web-30", "10.20.30.1", None);
    assert_eq!(client.twin.digest(), extended);
    unextended(&mut client, &id, false);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_segment_of_the_very_subnet_is_used_and_its_gateway_switched_off() {
    let mut client = Client::new("existing-segment");
    let first = client.twin.digest();
    assert_eq!(segments(&mut client), ["web-prod routed"]);
    let id = client.extended("web-30", "10.20.30.1", None);
    assert_eq!(segments(&mut client), ["web-prod isolated"]);
    assert_eq!(client.get(SOURCE, EXTENSIONS)["items"][0]["cloudNetworkName"], "web-prod");
    // The trap: without routing, un-extending does not give the gateway back.
    unextended(&mut client, &id, false);
    assert_eq!(segments(&mut client), ["web-prod isolated"]);
    assert_ne!(client.twin.digest(), first);
    let id = client.extended("web-30", "10.20.30.1", None);
    unextended(&mut client, &id, true);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn an_inexact_overlap_is_refused() {
    let mut client = Client::new("existing-segment");
    let mut item = client.item("web-30", "10.20.30.1", None);
    item["netmask"] = json!("255.255.255.128");
    assert_eq!(code(&client.post(EXTENSIONS, &json!({ "items": [item] }))), "207 SUBNET_OVERLAP");
    let item = client.item("web-30", "10.20.30.200", None);
    assert_eq!(client.post(EXTENSIONS, &json!({ "items": [item] })).0, 202);
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let mut client = Client::yaml(
        "extends: fresh\ncloud: { segments: { L2E_web-30: { gateway: 10.99.0.1/24, router: tier1-production } } }",
    );
    assert_eq!(code(&client.extend("web-30", "10.20.30.1", None)), "207 SEGMENT_EXISTS");
}

#[test]
fn a_segment_with_machines_on_it_stays_isolated_without_routing() {
    for (connect, left) in [(false, "L2E_web-30 isolated"), (true, "L2E_web-30 routed")] {
        let mut client = Client::new("fresh");
        let id = client.extended("web-30", "10.20.30.1", None);
        client.start("vMotion", "web-01", SOURCE);
        assert_eq!(code(&client.unextend(&id)), "400 NETWORK_IN_USE");
        client.wait(3600);
        unextended(&mut client, &id, connect);
        assert_eq!(segments(&mut client), [left]);
        assert_eq!(client.machines(crate::driver::CLOUD), ["web-01 L2E_web-30 poweredOn"]);
    }
}

#[test]
fn an_extension_that_fails_late_has_its_segment() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    client.fault("createExtensions=fail-late the bridge stays down");
    let id = client.extended("web-30", "10.20.30.1", None);
    assert_eq!(client.get(SOURCE, EXTENSIONS)["items"][0]["operationStatus"]["state"], "FAILED");
    assert_eq!(segments(&mut client), ["L2E_web-30 isolated"]);
    unextended(&mut client, &id, false);
    assert_eq!(client.twin.digest(), first);
}
