//! Pairings, network profiles, compute profiles and licences: what is made can be taken back, and refusals look like
//! those of a real manager.

use serde_json::{Value, json};

use crate::driver::{ADMIN, CLOUD, Client, MESHES, SOURCE, code};

const PAIRINGS: &str = "/hybridity/api/cloudConfigs";
const POOLS: &str = "/hybridity/api/networks";
const PROFILES: &str = "/hybridity/api/interconnect/computeProfiles";
const LICENCES: &str = "/api/admin/licenses";

fn pairing(client: &mut Client, password: &str) -> Value {
    let user = client.twin.user(CLOUD).name;
    let remote = json!({ "url": "https://hcx-cloud.example.com/", "username": user, "password": password });
    let (status, body) = client.post(PAIRINGS, &json!({ "remote": remote }));
    assert!(status < 300, "{status} {body}");
    body
}

#[test]
fn a_pairing_is_made_and_taken_back() {
    let mut client = Client::yaml("{ extends: no-mesh, paired: false }");
    let first = client.twin.digest();
    let password = client.twin.user(CLOUD).password;
    let job = pairing(&mut client, &password)["data"]["jobId"].as_str().unwrap().to_owned();
    let running = client.get(SOURCE, &format!("/hybridity/api/jobs/{job}"));
    assert_eq!((&running["isDone"], &running["jobData"]), (&json!(false), &Value::Null));
    client.wait(60);
    let done = client.get(SOURCE, &format!("/hybridity/api/jobs/{job}"));
    assert_eq!((&done["isDone"], &done["didFail"]), (&json!(true), &json!(false)));
    assert!(done["jobData"]["endpoint"].is_object(), "{done}");
    let list = client.get(SOURCE, PAIRINGS);
    let id = list["data"]["items"][0]["endpointId"].as_str().unwrap().to_owned();
    // Once more makes no second entry.
    pairing(&mut client, &password);
    assert_eq!(client.get(SOURCE, PAIRINGS)["data"]["items"].as_array().unwrap().len(), 1);
    client.wait(1);
    assert_eq!(client.delete(&format!("/hybridity/api/endpointPairing/{id}")).0, 202);
    client.wait(60);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_pairing_is_refused_inside_a_success() {
    let mut client = Client::yaml("{ extends: no-mesh, paired: false, trusted: false }");
    let (status, _) = client.post(PAIRINGS, &json!({ "url": "https://hcx-cloud.example.com" }));
    assert_eq!(status, 500, "a flat body makes the manager fail");
    let untrusted = pairing(&mut client, "wrong");
    let certificate = untrusted["errors"][0]["data"][0]["certificate"].clone();
    let path = "/hybridity/api/admin/certificates";
    assert_eq!(client.post(path, &json!({ "certificate": certificate })).0, 200);
    assert_eq!(pairing(&mut client, "wrong")["errors"][0]["text"], "Login failure");
    let mut client = Client::yaml("{ extends: no-mesh, paired: false, cloud: { nsx: false } }");
    let password = client.twin.user(CLOUD).password;
    assert!(pairing(&mut client, &password)["errors"][0]["text"].as_str().unwrap().contains("NSX"));
}

#[test]
fn a_pairing_that_a_mesh_rests_on_stays() {
    let mut client = Client::new("fresh");
    let list = client.get(SOURCE, PAIRINGS);
    let id = list["data"]["items"][0]["endpointId"].as_str().unwrap().to_owned();
    let (status, body) = client.delete(&format!("/hybridity/api/endpointPairing/{id}"));
    assert_eq!((status, &body["errors"][0]["error"]), (400, &json!("IN_USE")));
}

fn pool(name: &str, last: &str) -> Value {
    json!({
        "name": name, "l3TenantManaged": false, "recommendationTags": ["replication"],
        "ipScopes": [{ "prefixLength": 24, "networkIpRanges": [{ "startAddress": "10.1.9.10", "endAddress": last }] }],
    })
}

#[test]
fn a_network_profile_is_made_changed_and_removed() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    let (status, made) = client.post("/admin/hybridity/api/networks", &pool("more", "10.1.9.19"));
    assert_eq!(status, 202, "{made}");
    client.wait(20);
    let free = |client: &mut Client| {
        let all = client.get(SOURCE, POOLS);
        let found = all.as_array().unwrap().iter().find(|it| it["name"] == "more").cloned();
        found.map(|it| it["ipScopes"][0]["freeIpCount"].clone())
    };
    assert_eq!(free(&mut client), Some(json!(10)));
    let path = format!("{POOLS}/{}", made["data"]["objectId"].as_str().unwrap());
    assert_eq!(client.put(&path, &pool("more", "10.1.9.29")).0, 202);
    client.wait(20);
    assert_eq!(free(&mut client), Some(json!(20)));
    assert_eq!(client.delete(&path).0, 202);
    client.wait(20);
    assert_eq!(free(&mut client), None);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_network_profile_is_refused_with_200() {
    let mut client = Client::new("fresh");
    let without = json!({ "name": "more", "ipScopes": [{ "networkIpRanges": [{ "startAddress": "10.1.9.10", "endAddress": "10.1.9.19" }] }] });
    let (status, body) = client.post("/admin/hybridity/api/networks", &without);
    assert_eq!((status, &body["error"]), (200, &json!(true)));
    let all = client.get(SOURCE, POOLS);
    let used = format!("{POOLS}/{}", all[0]["objectId"].as_str().unwrap());
    let (status, body) = client.delete(&used);
    assert_eq!((status, &body["error"]), (200, &json!(true)));
    assert!(body["errorMessage"].as_str().unwrap().contains("dc1-compute"), "{body}");
}

#[test]
fn a_compute_profile_is_made_used_and_removed() {
    let mut client = Client::new("no-mesh");
    let first = client.twin.digest();
    let pools = client.get(SOURCE, POOLS);
    let networks: Vec<Value> = pools
        .as_array()
        .unwrap()
        .iter()
        .map(|it| json!({ "id": it["objectId"], "name": it["name"] }))
        .collect();
    let spec = json!({ "name": "second", "networks": networks, "switches": [{ "l2cApplianceCount": 1 }] });
    assert_eq!(client.post(&format!("{PROFILES}/preview"), &spec).0, 200);
    let (status, task) = client.post(PROFILES, &spec);
    assert_eq!(status, 202, "{task}");
    client.wait(30);
    let id = task["data"]["computeProfileId"].clone();
    let cloud = client.get(CLOUD, PROFILES);
    let mesh = |count: u32| {
        json!({
            "name": "m", "services": [{ "name": "INTERCONNECT" }, { "name": "VMOTION" }, { "name": "NETWORK_EXTENSION" }],
            "computeProfiles": [{ "computeProfileId": id }, { "computeProfileId": cloud["items"][0]["computeProfileId"] }],
            "switchPairCount": [{ "switches": [], "l2cApplianceCount": count }],
        })
    };
    let (status, refused) = client.post(MESHES, &mesh(2));
    assert_eq!((status, &refused["errors"][0]["code"]), (400, &json!("APPLIANCE_LIMIT_EXCEEDED")));
    let (_, made) = client.post(MESHES, &mesh(1));
    client.wait(1200);
    let path = format!("{PROFILES}/{}", id.as_str().unwrap());
    assert_eq!(client.delete(&path).1["errors"][0]["code"], "IN_USE");
    let mesh = made["data"]["serviceMeshId"].as_str().unwrap().to_owned();
    assert_eq!(client.delete(&format!("{MESHES}/{mesh}")).0, 202);
    client.wait(1200);
    assert_eq!(client.delete(&path).0, 202);
    client.wait(30);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn a_license_is_activated_once() {
    let mut client = Client::yaml(
        "{ extends: fresh, source: { edition: EVALUATION, license_keys: { KEY-1: ENTERPRISE } } }",
    );
    assert_eq!(client.get(ADMIN, LICENCES)["licenseStatus"], "EVALUATION_MODE");
    let activate = format!("{LICENCES}/activation");
    assert_eq!(client.call(ADMIN, "POST", &activate, &json!({ "licenseKey": "no" })).0, 400);
    let (_, job) = client.call(ADMIN, "POST", &activate, &json!({ "licenseKey": "KEY-1" }));
    client.wait(60);
    let status = format!("{LICENCES}/status/{}", job["jobId"].as_str().unwrap());
    assert_eq!(client.get(ADMIN, &status)["status"], "COMPLETED");
    assert_eq!(client.get(ADMIN, LICENCES)["licenses"][0]["edition"], "ENTERPRISE");
    assert_eq!(
        client.call(ADMIN, "POST", &activate, &json!({ "licenseKey": "KEY-1" })).0,
        400,
        "a key is used once"
    );
    let config = json!({ "data": { "items": [{ "config": { "activationKey": "KEY-2" } }] } });
    assert_eq!(
        client.call(ADMIN, "POST", "/api/admin/global/config/hcx", &config).0,
        400,
        "it is configured already"
    );
}

#[test]
fn a_license_counts_on_a_mesh_when_its_profile_and_then_the_mesh_were_edited() {
    let mut client = Client::yaml(
        "{ extends: fresh, source: { edition: ADVANCED, license_keys: { KEY-1: ENTERPRISE } } }",
    );
    client.scaled(2);
    let profile = client.get(SOURCE, PROFILES)["items"][0].clone();
    let services =
        |profile: &Value| profile["services"].as_array().unwrap().contains(&json!({ "name": "RAV" }));
    assert!(!services(&profile));
    let mesh = client.mesh()["serviceMeshId"].as_str().unwrap().to_owned();
    let path = format!("{PROFILES}/{}", profile["computeProfileId"].as_str().unwrap());
    let edit = |client: &mut Client| {
        assert_eq!(client.put(&path, &profile).0, 202);
        client.wait(60);
    };
    let resync = |client: &mut Client| {
        assert_eq!(client.post(&format!("{MESHES}/{mesh}/resync"), &Value::Null).0, 202);
        client.wait(120);
    };
    let refused = |client: &mut Client, why: &str| {
        let (status, body) = client.activate();
        assert_eq!((status, &body["errors"][0]["code"]), (400, &json!("HA_LICENSE_REQUIRED")));
        assert!(body["errors"][0]["message"].as_str().unwrap().contains(why), "{body}");
    };
    refused(&mut client, "neither site has one");
    let (_, job) =
        client.call(ADMIN, "POST", &format!("{LICENCES}/activation"), &json!({ "licenseKey": "KEY-1" }));
    assert!(job["jobId"].is_string(), "{job}");
    client.wait(60);
    let too_soon = "edit its compute profile, then resync the mesh";
    refused(&mut client, too_soon);
    resync(&mut client);
    refused(&mut client, too_soon);
    edit(&mut client);
    assert!(services(&client.get(SOURCE, PROFILES)["items"][0]));
    refused(&mut client, too_soon);
    resync(&mut client);
    assert_eq!(code(&client.activate()), "202 -");
}

#[test]
fn without_a_license_nothing_new_is_made_when_the_grace_period_is_over() {
    let mut client = Client::yaml(
        "{ extends: fresh, source: { edition: EVALUATION, grace_until: 1970-01-02T00:00:00Z, license_keys: { KEY-1: ADVANCED } } }",
    );
    let status = |client: &mut Client| client.get(ADMIN, "/license/hcx/activationStatus")["data"].clone();
    let before = status(&mut client);
    assert_eq!(
        (
            &before["activationStatus"],
            &before["gracePeriodExpiration"],
            &before["moreInfo"]["isGraceExpired"]
        ),
        (&json!("not_activated"), &json!(86_400_000), &json!(false))
    );
    assert_eq!(before["moreInfo"]["expiryTime"], "Fri Jan 02 00:00:00 UTC 1970");
    client.extended("web-30", "10.20.30.1", None);
    client.wait(86_400);
    assert_eq!(status(&mut client)["moreInfo"]["isGraceExpired"], true);
    assert_eq!(code(&client.start("vMotion", "web-01", SOURCE)), "400 GRACE_PERIOD_OVER");
    client.call(ADMIN, "POST", &format!("{LICENCES}/activation"), &json!({ "licenseKey": "KEY-1" }));
    client.wait(60);
    let after = status(&mut client);
    assert_eq!(
        (&after["activationStatus"], &after["gracePeriodExpiration"]),
        (&json!("activated"), &Value::Null)
    );
    assert_eq!(code(&client.start("vMotion", "web-01", SOURCE)), "202 -");
}
