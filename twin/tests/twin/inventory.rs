//! What managers tell of themselves and of their sites, and what they say to requests that make no sense.

use serde_json::{Value, json};

use crate::driver::{
    ADMIN, CLOUD, Client, EXTENSIONS, GROUPS, MACHINES, MESHES, MIGRATIONS, SOURCE, code, text,
};

#[test]
fn both_managers_tell_who_they_are_and_that_they_are_paired() {
    let mut client = Client::new("fresh");
    let own = |client: &mut Client, at| {
        let context = client.get(at, "/hybridity/api/metainfo/context/support");
        text(&context["data"]["localEndpoints"][0]["endpointId"])
    };
    let (here, there) = (own(&mut client, SOURCE), own(&mut client, CLOUD));
    assert_ne!(here, there);
    let paired = |client: &mut Client, at| {
        let pairings = client.get(at, "/hybridity/api/cloudConfigs");
        text(&pairings["data"]["items"][0]["endpointId"])
    };
    assert_eq!((paired(&mut client, SOURCE), paired(&mut client, CLOUD)), (there.clone(), here.clone()));
    let path = "/hybridity/api/interconnect/capabilities/site-pair-capabilities";
    let pair = json!({ "source_endpoint_id": here, "dest_endpoint_id": there });
    assert!(client.query(SOURCE, path, &pair)["services"].as_array().unwrap().contains(&json!("RAV")));
    assert_eq!(
        code(&client.post(path, &json!({ "source_endpoint_id": here, "dest_endpoint_id": here }))),
        "400 NOT_PAIRED"
    );
}

#[test]
fn licences_are_shown_on_the_appliance_port() {
    let mut client = Client::new("fresh");
    assert_eq!(client.get(ADMIN, "/api/admin/licenses")["licenses"][0]["edition"], "ENTERPRISE");
    assert_eq!(client.get(ADMIN, "/components/appengine/status")["result"], "RUNNING");
    assert_eq!(client.get(ADMIN, "/license/hcx/activationStatus")["data"]["activationDone"], true);
}

#[test]
fn inventories_are_of_the_own_site_or_of_the_paired_one_and_paged_on_demand() {
    let mut client = Client::new("fresh");
    let names = |client: &mut Client, body: Value| {
        let all = client.query(SOURCE, MACHINES, &body);
        all["data"]["items"].as_array().unwrap().iter().map(|it| text(&it["name"])).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut client, json!({ "filter": { "cloud": { "local": true } } })).len(), 8);
    assert_eq!(names(&mut client, json!({ "filter": { "cloud": { "remote": true } } })).len(), 0);
    let page = json!({ "paging": { "skipCount": 2, "pageSize": 2 } });
    assert_eq!(names(&mut client, page), ["app-03", "db-01"]);
}

#[test]
fn every_read_of_the_inventory_answers() {
    let mut client = Client::new("fresh");
    let context = client.get(SOURCE, "/hybridity/api/metainfo/context/interconnect");
    let vc = context[0]["cloudManagementPlatforms"][0]["cmpId"].clone();
    let scoped = json!({ "filter": { "vcenter_instanceId": vc, "computeIds": [] } });
    for (path, body) in [
        ("cloud/list", json!({})),
        ("resourcecontainer/list", json!({})),
        ("datastores", json!({})),
        ("containers", json!({})),
        ("storageProfiles", json!({})),
        ("vc/list", json!({})),
        ("vc/datastores/query", scoped.clone()),
        ("vc/dvs/query", scoped),
    ] {
        let body = client.query(SOURCE, &format!("/hybridity/api/service/inventory/{path}"), &body);
        assert!(!body["data"]["items"].as_array().unwrap().is_empty(), "{path}");
    }
    let clusters = client.get(SOURCE, "/hybridity/api/vc/query?entityType=ClusterComputeResource");
    assert_eq!(clusters.as_array().unwrap().len(), 1);
    let other = json!({ "filter": { "vcenter_instanceId": "another", "computeIds": [] } });
    assert_eq!(client.post("/hybridity/api/service/inventory/vc/dvs/query", &other).0, 400);
}

#[test]
fn network_profiles_show_how_many_addresses_are_free() {
    let mut client = Client::new("fresh");
    let free = |client: &mut Client| {
        let profiles = client.query(SOURCE, "/hybridity/api/networks?action=queryIpUsage", &json!({}));
        let free = |it: &Value| it["ipScopes"][0]["freeIpCount"].as_u64().unwrap();
        profiles.as_array().unwrap().iter().map(free).collect::<Vec<_>>()
    };
    // Management, uplink, vmotion: of sixteen, the interconnect appliance has one each.
    assert_eq!(free(&mut client), [14, 14, 15]);
    client.scaled(3);
    assert_eq!(free(&mut client), [12, 12, 15]);
}

#[test]
fn the_limit_of_a_compute_profile_can_be_edited_on_its_own_site() {
    let mut client = Client::new("limit-too-small");
    let first = client.twin.digest();
    let path = "/hybridity/api/interconnect/computeProfiles";
    let mut profile = client.get(SOURCE, path)["items"][0].clone();
    let one = format!("{path}/{}", text(&profile["computeProfileId"]));
    assert_eq!(code(&client.scale(2)), "400 APPLIANCE_LIMIT_EXCEEDED");
    profile["switches"][0]["l2cApplianceCount"] = json!(2);
    assert_eq!(code(&client.call(CLOUD, "PUT", &one, &profile)), "400 NOT_LOCAL");
    assert_eq!(client.put(&one, &profile).0, 202);
    client.wait(60);
    assert_eq!(client.get(SOURCE, &one)["switches"][0]["l2cApplianceCount"], 2);
    client.scaled(2);
    profile["switches"][0]["l2cApplianceCount"] = json!(1);
    assert_eq!(code(&client.put(&one, &profile)), "400 APPLIANCE_LIMIT_EXCEEDED");
    client.scaled(1);
    assert_eq!(client.put(&one, &profile).0, 202);
    client.wait(60);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn errors_have_the_shape_of_their_family() {
    let mut client = Client::new("fresh");
    let (status, body) = client.text(SOURCE, "POST", EXTENSIONS, "{ no json").unwrap();
    assert_eq!(status, 400);
    assert!(body.starts_with(r#"{"errors":[{"code":"MALFORMED_JSON","message":"#), "{body}");
    let (status, body) = client.text(SOURCE, "POST", MACHINES, "{ no json").unwrap();
    assert_eq!(status, 400);
    assert!(body.starts_with(r#"{"completed":true,"errors":[{"error":"MALFORMED_JSON","text":"#), "{body}");
    let (status, body) = client.text(ADMIN, "GET", "/no/such/path", "").unwrap();
    assert_eq!(status, 404);
    assert!(
        body.starts_with(r#"{"completed":true,"error":"there is no GET /no/such/path","errorCode":"#),
        "{body}"
    );
}

#[test]
fn what_lacks_a_field_or_has_it_of_another_type_is_400() {
    let mut client = Client::new("fresh");
    let start = format!("{MIGRATIONS}/start");
    for (path, body) in [
        (EXTENSIONS, json!({ "items": "x" })),
        (EXTENSIONS, json!({ "items": [{ "gateway": "10.1.1.1" }] })),
        (EXTENSIONS, json!({ "items": [] })),
        (GROUPS, json!([])),
        (GROUPS, json!({ "appliances": [] })),
        (GROUPS, json!({ "appliances": [7] })),
        (&start, json!({ "items": [{}] })),
        (&start, json!({ "items": [] })),
        (MESHES, json!({ "name": 7 })),
        (MACHINES, json!({ "filter": 7 })),
    ] {
        assert_eq!(client.post(path, &body).0, 400, "{path} {body}");
    }
    let mut mesh = client.mesh();
    mesh["switchPairCount"] = json!([{ "l2cApplianceCount": -1 }]);
    assert_eq!(code(&client.put_mesh(&mesh)), "400 INVALID_REQUEST");
    mesh.as_object_mut().unwrap().remove("switchPairCount");
    assert_eq!(code(&client.put_mesh(&mesh)), "400 INVALID_REQUEST");
}

#[test]
fn what_is_not_in_the_contract_is_404() {
    let mut client = Client::new("fresh");
    assert_eq!(code(&client.post("/hybridity/api/nonsense", &json!({}))), "404 NOT_FOUND");
    // Ids are no paths.
    assert_eq!(client.call(SOURCE, "GET", &format!("{MESHES}/a/b"), &Value::Null).0, 404);
}
