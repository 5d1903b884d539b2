//! A client that signs in by itself, and a clock that somebody turns.

use std::time::Duration;

use hcxrun_twin::{Endpoint, Port, Reply, Request, Scene, Site, Twin};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::conformance;

pub(crate) const SOURCE: Endpoint = Endpoint { site: Site::Source, port: Port::Service };
pub(crate) const CLOUD: Endpoint = Endpoint { site: Site::Cloud, port: Port::Service };
pub(crate) const ADMIN: Endpoint = Endpoint { site: Site::Source, port: Port::Appliance };

pub(crate) const MESHES: &str = "/hybridity/api/interconnect/serviceMesh";
pub(crate) const APPLIANCES: &str = "/hybridity/api/interconnect/appliances";
pub(crate) const GROUPS: &str = "/hybridity/api/interconnect/appliances/ha/groups";
pub(crate) const EXTENSIONS: &str = "/hybridity/api/l2NetworkExtensions";
pub(crate) const MACHINES: &str = "/hybridity/api/service/inventory/virtualmachines";
pub(crate) const NETWORKS: &str = "/hybridity/api/service/inventory/networks";
pub(crate) const MIGRATIONS: &str = "/hybridity/api/mobility/migrations";

/// A status and a body; null where there is none, or no JSON.
pub(crate) type Answered = (u16, Value);

/// Status, body and headers.
pub(crate) type Raw = (u16, String, Vec<(String, String)>);

pub(crate) struct Client {
    pub(crate) twin: Twin,
    now: Timestamp,
    tokens: Vec<(Endpoint, String)>,
}

impl Client {
    pub(crate) fn new(scene: &str) -> Self {
        Self::of(&Scene::named(scene).unwrap())
    }

    pub(crate) fn yaml(text: &str) -> Self {
        Self::of(&Scene::parse(text).unwrap())
    }

    fn of(scene: &Scene) -> Self {
        Client { twin: Twin::new(scene), now: Timestamp::UNIX_EPOCH, tokens: Vec::new() }
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.checked_add(Duration::from_secs(seconds)).unwrap();
        self.twin.advance(self.now);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn fault(&mut self, rule: &str) {
        self.twin.add_fault(rule.parse().unwrap());
    }

    /// As it is, without a session of its own; nothing when the connection is cut.
    pub(crate) fn raw(
        &mut self,
        at: Endpoint,
        method: &str,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Option<Raw> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (method, path_and_query) = (method.to_owned(), path.to_owned());
        let request = Request { method, path_and_query, headers, body: body.as_bytes().to_vec() };
        let Reply::Answer(answer) = self.twin.handle(self.now, at, &request).0 else { return None };
        let raw = (answer.status, String::from_utf8(answer.body).unwrap(), answer.headers);
        self.must_conform(&raw);
        Some(raw)
    }

    /// What is not under a fault, and is an operation, is answered as the contract has it.
    fn must_conform(&self, raw: &Raw) {
        let last = self.twin.log().last().unwrap();
        if let (Some(id), None) = (last.operation, last.fault) {
            assert_eq!(conformance::violation(id, raw), None, "{} {}", last.method, last.path);
        }
    }

    pub(crate) fn sign_in(&mut self, at: Endpoint) -> String {
        let user = self.twin.user(at);
        let path =
            if at.port == Port::Service { "/hybridity/api/sessions" } else { "/api/admin/v1/sessions" };
        let body = json!({ "username": user.name, "password": user.password }).to_string();
        let (status, _, headers) = self.raw(at, "POST", path, &body, &[]).unwrap();
        assert_eq!(status, 200);
        headers.into_iter().find(|(name, _)| name == "x-hm-authorization").unwrap().1
    }

    fn with_token(&mut self, at: Endpoint, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let known = self.tokens.iter().find(|(known, _)| *known == at).map(|(_, token)| token.clone());
        let token = known.unwrap_or_else(|| {
            let token = self.sign_in(at);
            self.tokens.push((at, token.clone()));
            token
        });
        let answer = self.raw(at, method, path, body, &[("X-HM-Authorization", &token)])?;
        Some((answer.0, answer.1))
    }

    /// Signs in before, and again after a long wait; nothing when the connection is cut.
    pub(crate) fn text(
        &mut self,
        at: Endpoint,
        method: &str,
        path: &str,
        body: &str,
    ) -> Option<(u16, String)> {
        let answer = self.with_token(at, method, path, body)?;
        if answer.0 != 401 {
            return Some(answer);
        }
        self.tokens.retain(|(known, _)| *known != at);
        self.with_token(at, method, path, body)
    }

    pub(crate) fn call(&mut self, at: Endpoint, method: &str, path: &str, body: &Value) -> Answered {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) = self.text(at, method, path, &text).expect("an answer");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(crate) fn get(&mut self, at: Endpoint, path: &str) -> Value {
        let (status, body) = self.call(at, "GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answered {
        self.call(SOURCE, "POST", path, body)
    }

    pub(crate) fn query(&mut self, at: Endpoint, path: &str, body: &Value) -> Value {
        let (status, body) = self.call(at, "POST", path, body);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) fn put(&mut self, path: &str, body: &Value) -> Answered {
        self.call(SOURCE, "PUT", path, body)
    }

    pub(crate) fn delete(&mut self, path: &str) -> Answered {
        self.call(SOURCE, "DELETE", path, &Value::Null)
    }

    // ---- what tests do over and over ----

    pub(crate) fn mesh(&mut self) -> Value {
        self.get(SOURCE, MESHES)["items"][0].clone()
    }

    pub(crate) fn put_mesh(&mut self, mesh: &Value) -> Answered {
        self.put(&format!("{MESHES}/{}", text(&mesh["serviceMeshId"])), mesh)
    }

    pub(crate) fn scale(&mut self, count: u32) -> Answered {
        let mut mesh = self.mesh();
        mesh["switchPairCount"][0]["l2cApplianceCount"] = json!(count);
        self.put_mesh(&mesh)
    }

    /// Scales, and waits until that is done.
    pub(crate) fn scaled(&mut self, count: u32) {
        assert_eq!(self.scale(count).0, 202);
        self.wait(3600);
    }

    /// The Network Extension appliances of a site.
    pub(crate) fn appliances(&mut self, at: Endpoint) -> Vec<Value> {
        let query = json!({ "filter": { "applianceType": "HCX-NET-EXT" } });
        self.query(at, &format!("{APPLIANCES}/query"), &query)["items"].as_array().unwrap().clone()
    }

    pub(crate) fn activate(&mut self) -> Answered {
        let chosen = self.appliances(SOURCE)[0]["applianceId"].clone();
        self.post(GROUPS, &json!({ "appliances": [chosen] }))
    }

    /// Two appliances and an HA group of them, formed; its id.
    pub(crate) fn grouped(&mut self) -> String {
        self.scaled(2);
        let id = text(&self.activate().1["data"]["groupId"]);
        self.wait(3600);
        id
    }

    pub(crate) fn network(&mut self, name: &str) -> Value {
        let all = self.query(SOURCE, NETWORKS, &json!({}));
        let all = all["data"]["items"].as_array().unwrap().clone();
        all.into_iter().find(|it| it["name"] == name).unwrap()
    }

    /// A network as `createExtensions` takes it, over an HA group, or over the first appliance.
    pub(crate) fn item(&mut self, network: &str, gateway: &str, group: Option<&str>) -> Value {
        let id = self.network(network)["entity_id"].clone();
        let appliance = self.appliances(SOURCE)[0]["applianceId"].clone();
        let config = group.map(|id| json!({ "haGroupId": id }));
        json!({
            "gateway": gateway, "netmask": "255.255.255.0", "sourceNetwork": { "networkId": id },
            "destinationNetwork": { "gatewayId": "tier1-production" },
            "sourceAppliance": { "applianceId": appliance, "haConfig": config },
        })
    }

    pub(crate) fn extend(&mut self, network: &str, gateway: &str, group: Option<&str>) -> Answered {
        let item = self.item(network, gateway, group);
        self.post(EXTENSIONS, &json!({ "items": [item] }))
    }

    /// Extends a network and waits; the id of the extension.
    pub(crate) fn extended(&mut self, network: &str, gateway: &str, group: Option<&str>) -> String {
        let (status, body) = self.extend(network, gateway, group);
        assert_eq!(status, 202, "{body}");
        self.wait(3600);
        text(&body["data"]["items"][0]["stretchId"])
    }

    pub(crate) fn unextend(&mut self, id: &str) -> Answered {
        self.delete(&format!("/hybridity/api/l2Extensions/{id}"))
    }

    /// The machines of a site, as `name network on/off`.
    pub(crate) fn machines(&mut self, at: Endpoint) -> Vec<String> {
        let all = self.query(at, MACHINES, &json!({}));
        let line = |it: &Value| {
            format!("{} {} {}", text(&it["name"]), text(&it["network"][0]["name"]), text(&it["powerState"]))
        };
        all["data"]["items"].as_array().unwrap().iter().map(line).collect()
    }

    fn endpoint(&mut self, at: Endpoint) -> Value {
        let context = self.get(at, "/hybridity/api/metainfo/context/support");
        json!({ "endpointId": context["data"]["localEndpoints"][0]["endpointId"] })
    }

    /// A move as `startMigrations` takes it: to the cloud, or back from there.
    pub(crate) fn intent(&mut self, kind: &str, vm: &str, networks: (&str, &str), from: Endpoint) -> Value {
        let to = if from == SOURCE { CLOUD } else { SOURCE };
        let all = self.query(from, MACHINES, &json!({}));
        let all = all["data"]["items"].as_array().unwrap();
        let id = all.iter().find(|it| it["name"] == vm).map(|it| it["id"].clone());
        let mapping = json!({ "srcNetworkName": networks.0, "destNetworkName": networks.1 });
        json!({
            "migrationType": kind, "entity": { "entityId": id.unwrap_or(json!("vm-none")) },
            "source": self.endpoint(from), "destination": self.endpoint(to),
            "networkParams": { "networkMappings": [mapping] },
        })
    }

    /// Moves a machine of network web-30 to the cloud, or back.
    pub(crate) fn start(&mut self, kind: &str, vm: &str, from: Endpoint) -> Answered {
        let networks = if from == SOURCE { ("web-30", "L2E_web-30") } else { ("L2E_web-30", "web-30") };
        let intent = self.intent(kind, vm, networks, from);
        self.post(&format!("{MIGRATIONS}/start"), &json!({ "items": [intent] }))
    }

    /// The migrations, as `vm state`.
    pub(crate) fn migrations(&mut self) -> Vec<String> {
        let all = self.query(SOURCE, "/hybridity/api/migrations?action=query", &json!({}));
        let line = |it: &Value| format!("{} {}", text(&it["entity"]["entityName"]), text(&it["state"]));
        all["data"]["items"].as_array().unwrap().iter().map(line).collect()
    }

    /// Asks something of the first appliance of the source, or of an HA group: `redeploy`, `upgrade?local=true`, ….
    pub(crate) fn ask(&mut self, at: &str, what: &str) -> Answered {
        self.post(&format!("{at}/{what}"), &Value::Null)
    }

    pub(crate) fn task(&mut self, answer: &Answered) -> Value {
        let id = text(&answer.1["data"]["interconnectTaskId"]);
        self.get(SOURCE, &format!("/hybridity/api/interconnect/tasks/{id}"))
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Status and first code, wherever that stands: `400 HA_LICENSE_REQUIRED`.
pub(crate) fn code(answer: &Answered) -> String {
    let places = [
        "/errors/0/code",
        "/errors/0/error",
        "/errorCode",
        "/items/0/errors/0/code",
        "/data/items/0/errors/0/code",
    ];
    let code = places.iter().find_map(|place| answer.1.pointer(place)?.as_str());
    format!("{} {}", answer.0, code.unwrap_or("-"))
}
