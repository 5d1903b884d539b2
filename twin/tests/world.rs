//! What the twin does, in virtual time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::time::Duration;

use hcxrun_twin::{Endpoint, Port, Reply, Request, Scene, Site, Twin};
use jiff::Timestamp;
use serde_json::{Value, json};

const SOURCE: Endpoint = Endpoint { site: Site::Source, port: Port::Service };
const CLOUD: Endpoint = Endpoint { site: Site::Cloud, port: Port::Service };
const ADMIN: Endpoint = Endpoint { site: Site::Source, port: Port::Appliance };

/// A client that is signed in, and a clock.
struct Client {
    twin: Twin,
    now: Timestamp,
    tokens: Vec<(Endpoint, String)>,
}

impl Client {
    fn new(scene: &str) -> Self {
        let twin = Twin::new(&Scene::named(scene).unwrap());
        Client { twin, now: Timestamp::UNIX_EPOCH, tokens: Vec::new() }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.checked_add(Duration::from_secs(seconds)).unwrap();
    }

    fn send(
        &mut self,
        at: Endpoint,
        method: &str,
        path: &str,
        body: &str,
        token: Option<&str>,
    ) -> Option<(u16, String, Option<String>)> {
        let headers =
            token.map(|token| ("X-HM-Authorization".to_owned(), token.to_owned())).into_iter().collect();
        let (method, path_and_query) = (method.to_owned(), path.to_owned());
        let request = Request { method, path_and_query, headers, body: body.as_bytes().to_vec() };
        match self.twin.handle(self.now, at, &request).0 {
            Reply::Dropped => None,
            Reply::Answer(answer) => {
                let token = answer
                    .headers
                    .into_iter()
                    .find(|(name, _)| name == "x-hm-authorization")
                    .map(|(_, token)| token);
                Some((answer.status, String::from_utf8(answer.body).unwrap(), token))
            }
        }
    }

    fn sign_in(&mut self, at: Endpoint) -> String {
        let user = self.twin.user(at);
        let path =
            if at.port == Port::Service { "/hybridity/api/sessions" } else { "/api/admin/v1/sessions" };
        let body = json!({ "username": user.name, "password": user.password }).to_string();
        let (status, _, token) = self.send(at, "POST", path, &body, None).unwrap();
        assert_eq!(status, 200);
        token.unwrap()
    }

    fn call(&mut self, at: Endpoint, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let known = self.tokens.iter().find(|(known, _)| *known == at).map(|(_, token)| token.clone());
        let answer = self.send(at, method, path, &text, known.as_deref()).unwrap();
        // Without a session, or after a long wait: again with a new one.
        let (status, text, _) = if answer.0 == 401 {
            let token = self.sign_in(at);
            self.tokens.retain(|(known, _)| *known != at);
            self.tokens.push((at, token.clone()));
            self.send(at, method, path, &text, Some(&token)).unwrap()
        } else {
            answer
        };
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn get(&mut self, at: Endpoint, path: &str) -> Value {
        let (status, body) = self.call(at, "GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn scale(&mut self, count: u32) -> (u16, Value) {
        let mut mesh =
            self.get(SOURCE, "/hybridity/api/interconnect/serviceMesh").pointer("/items/0").unwrap().clone();
        let path =
            format!("/hybridity/api/interconnect/serviceMesh/{}", mesh["serviceMeshId"].as_str().unwrap());
        *mesh.pointer_mut("/switchPairCount/0/l2cApplianceCount").unwrap() = json!(count);
        self.call(SOURCE, "PUT", &path, &mesh)
    }

    fn activate(&mut self) -> (u16, Value) {
        let appliances =
            self.call(SOURCE, "POST", "/hybridity/api/interconnect/appliances/query", &json!({})).1;
        let id = appliances.pointer("/items/0/applianceId").unwrap().clone();
        self.call(
            SOURCE,
            "POST",
            "/hybridity/api/interconnect/appliances/ha/groups",
            &json!({ "appliances": [id] }),
        )
    }
}

fn code(answer: &(u16, Value)) -> String {
    format!("{} {}", answer.0, answer.1.pointer("/errors/0/code").and_then(Value::as_str).unwrap_or_default())
}

#[test]
fn a_session_lives_for_fifteen_minutes_after_the_last_call() {
    let mut client = Client::new("fresh");
    let token = client.sign_in(SOURCE);
    for _ in 0..3 {
        client.wait(14 * 60);
        assert_eq!(client.send(SOURCE, "GET", "/hybridity/api/about", "", Some(&token)).unwrap().0, 200);
    }
    client.wait(15 * 60 + 1);
    let (status, body, _) = client.send(SOURCE, "GET", "/hybridity/api/about", "", Some(&token)).unwrap();
    assert_eq!((status, body.as_str()), (401, ""));
    // A token is of one manager and one port.
    let token = client.sign_in(SOURCE);
    assert_eq!(client.send(CLOUD, "GET", "/hybridity/api/about", "", Some(&token)).unwrap().0, 401);
    assert_eq!(client.send(ADMIN, "GET", "/api/admin/licenses", "", Some(&token)).unwrap().0, 401);
}

#[test]
fn a_mesh_takes_one_edit_at_a_time_and_shows_the_new_count_when_it_is_committed() {
    let mut client = Client::new("fresh");
    let first = client.twin.digest();
    assert_eq!(client.scale(2).0, 202);
    assert_eq!(code(&client.scale(3)), "409 OPERATION_IN_PROGRESS");
    let mesh = client.get(SOURCE, "/hybridity/api/interconnect/serviceMesh");
    assert_eq!(mesh.pointer("/items/0/switchPairCount/0/l2cApplianceCount"), Some(&json!(1)));
    client.wait(390);
    let mesh = client.get(CLOUD, "/hybridity/api/interconnect/serviceMesh");
    assert_eq!(mesh.pointer("/items/0/switchPairCount/0/l2cApplianceCount"), Some(&json!(2)));
    // The mesh's own word about its last task stays stale.
    assert_eq!(mesh.pointer("/items/0/lastTaskDetails/status"), Some(&json!("RUNNING")));
    assert_eq!(code(&client.scale(5)), "400 APPLIANCE_LIMIT_EXCEEDED");
    assert_eq!(client.scale(1).0, 202);
    client.wait(600);
    client.twin.advance(client.now);
    assert_eq!(client.twin.digest(), first);
}

#[test]
fn high_availability_is_refused_for_what_it_needs() {
    let refused = |scene: &str, appliances: u32| {
        let mut client = Client::new(scene);
        if appliances > 1 {
            client.scale(appliances);
            client.wait(3600);
        }
        code(&client.activate())
    };
    assert_eq!(refused("fresh", 1), "400 HA_NO_ELIGIBLE_PARTNER");
    assert_eq!(refused("advanced-license", 2), "400 HA_LICENSE_REQUIRED");
    assert_eq!(refused("old-appliance", 2), "400 HA_APPLIANCE_VERSION");
    assert_eq!(refused("network-on-appliance", 2), "400 HA_APPLIANCE_HAS_EXTENSIONS");
    assert_eq!(refused("fresh", 2), "202 ");
}

#[test]
fn a_group_forms_on_both_sites_and_fails_over_by_a_toggle() {
    let mut client = Client::new("fresh");
    client.scale(2);
    client.wait(3600);
    let group = client.activate().1.pointer("/data/groupId").unwrap().as_str().unwrap().to_owned();
    let roles = |client: &mut Client, at| {
        let groups = client.get(at, "/hybridity/api/interconnect/appliances/ha/groups");
        let members = groups.pointer("/items/0/groupMembers").unwrap().as_array().unwrap().clone();
        members
            .iter()
            .map(|it| format!("{} {}", it["applianceName"].as_str().unwrap(), it["role"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(roles(&mut client, SOURCE), ["dc1-to-cloud-NE-I1 UNDECIDED", "dc1-to-cloud-NE-I2 UNDECIDED"]);
    client.wait(240);
    assert_eq!(roles(&mut client, SOURCE), ["dc1-to-cloud-NE-I1 ACTIVE", "dc1-to-cloud-NE-I2 STANDBY"]);
    assert_eq!(roles(&mut client, CLOUD), ["dc1-to-cloud-NE-R1 ACTIVE", "dc1-to-cloud-NE-R2 STANDBY"]);
    let path = format!("/hybridity/api/interconnect/appliances/ha/groups/{group}/forceFailover");
    for active in ["I2", "I1"] {
        assert_eq!(client.call(SOURCE, "POST", &path, &Value::Null).0, 202);
        assert_eq!(code(&client.call(SOURCE, "POST", &path, &Value::Null)), "409 HA_GROUP_NOT_READY");
        client.wait(60);
        assert!(roles(&mut client, SOURCE).contains(&format!("dc1-to-cloud-NE-{active} ACTIVE")));
    }
    assert_eq!(code(&client.activate()), "409 HA_ALREADY_MEMBER");
}

#[test]
fn what_makes_no_sense_is_refused_in_the_shape_of_its_port() {
    let mut client = Client::new("fresh");
    let token = client.sign_in(SOURCE);
    let (status, body, _) =
        client.send(SOURCE, "POST", "/hybridity/api/l2NetworkExtensions", "{ no json", Some(&token)).unwrap();
    assert_eq!(status, 400);
    assert!(body.starts_with(r#"{"errors":[{"code":"MALFORMED_JSON""#), "{body}");
    for (path, body) in [
        ("/hybridity/api/l2NetworkExtensions", json!({ "items": "x" })),
        ("/hybridity/api/interconnect/appliances/ha/groups", json!([])),
        ("/hybridity/api/mobility/migrations/start", json!({ "items": [{}] })),
        ("/hybridity/api/interconnect/serviceMesh", json!({ "name": 7 })),
    ] {
        assert_eq!(client.call(SOURCE, "POST", path, &body).0, 400, "{path}");
    }
    assert_eq!(client.call(SOURCE, "GET", "/no/such/path", &Value::Null).0, 404);
    let admin = client.sign_in(ADMIN);
    let (status, body, _) = client.send(ADMIN, "GET", "/no/such/path", "", Some(&admin)).unwrap();
    assert_eq!(status, 404);
    assert!(body.contains(r#""errorCode":"NOT_FOUND""#), "{body}");
}

#[test]
fn faults_strike_as_often_as_told() {
    let mut client = Client::new("fresh");
    client.twin.add_fault("getAbout=refuse*2@1".parse().unwrap());
    let statuses: Vec<_> =
        (0..5).map(|_| client.call(SOURCE, "GET", "/hybridity/api/about", &Value::Null).0).collect();
    assert_eq!(statuses, [200, 400, 400, 200, 200]);
    for wrong in ["", "x", "x=", "=refuse", "x=nonsense", "x=refuse*y", "x=delay:soon"] {
        assert!(wrong.parse::<hcxrun_twin::Fault>().is_err(), "{wrong}");
    }
}

#[test]
fn the_log_tells_what_was_asked_and_no_secrets() {
    let mut client = Client::new("fresh");
    client.scale(2);
    let log = serde_json::to_string(client.twin.log()).unwrap();
    assert!(
        log.contains(r#""operation":"updateServiceMesh","changing":true,"effect":true,"status":202"#),
        "{log}"
    );
    let user = client.twin.user(SOURCE);
    let token = &client.tokens.first().unwrap().1;
    assert!(!log.contains(&user.password) && !log.contains(token.as_str()));
}

#[test]
fn every_scene_that_is_shipped_can_be_read() {
    for name in Scene::names() {
        assert!(Scene::named(name).is_some(), "{name}");
    }
    let error = Scene::parse("source: { nmae: x }").unwrap_err();
    assert!(error.to_string().contains("nmae") && error.to_string().contains("line 1"), "{error}");
}
