//! A client written for the older API, over real sockets: a token in a header, jobs and interconnect tasks that are polled, and
//! lists in which everything is found by its name. It makes what it needs from nothing and takes it all back.

use std::thread::sleep;
use std::time::Duration;

use hcxrun_twin::server::{Settings, serve};
use hcxrun_twin::{Scene, Twin, User};
use serde_json::{Value, json};

use crate::driver::{CLOUD, SOURCE, text};
use crate::server::{connect, exchange};

const UNPAIRED: &str = "{ extends: no-mesh, paired: false, trusted: false }";
const INVENTORY: &str = "/hybridity/api/service/inventory";
const EXTENSIONS: &str = "/hybridity/api/l2Extensions";
const PAIRINGS: &str = "/hybridity/api/cloudConfigs";
const PROFILES: &str = "/hybridity/api/interconnect/computeProfiles";
const MESHES: &str = "/hybridity/api/interconnect/serviceMesh";

struct Client {
    url: String,
    token: String,
}

impl Client {
    fn new(url: String, user: &User) -> Self {
        let body = json!({ "username": user.name, "password": user.password }).to_string();
        let answer = exchange(connect(&url), "POST", "/hybridity/api/sessions", "", &body);
        let header = answer.lines().find_map(|it| it.strip_prefix("x-hm-authorization: "));
        Self { token: header.unwrap().to_owned(), url }
    }

    /// The body of what was done: 200 and 202 alike.
    #[track_caller]
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let headers = format!("x-hm-authorization: {}\r\ncontent-type: application/json\r\n", self.token);
        let answer = exchange(connect(&self.url), method, path, &headers, &body.to_string());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let is_done = ["HTTP/1.1 200 ", "HTTP/1.1 202 "].iter().any(|it| head.starts_with(it));
        assert!(is_done, "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.call("GET", path, &json!({}))
    }

    /// Asks again and again until there is an answer.
    #[track_caller]
    fn until<T>(&self, path: &str, answer: impl Fn(&Value) -> Option<T>) -> T {
        for _ in 0..500 {
            if let Some(answer) = answer(&self.get(path)) {
                return answer;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("{path} goes on for ever: {}", self.get(path));
    }

    /// Waits for a job, which is done also when it failed.
    #[track_caller]
    fn job(&self, id: &Value) -> Value {
        let path = format!("/hybridity/api/jobs/{}", text(id));
        let job = self.until(&path, |it| (it["isDone"] == true).then(|| it.clone()));
        assert_eq!(job["didFail"], false, "{job}");
        job
    }

    #[track_caller]
    fn task(&self, answer: &Value) {
        let path =
            format!("/hybridity/api/interconnect/tasks/{}", text(&answer["data"]["interconnectTaskId"]));
        let end = |it: &Value| Some(text(&it["status"])).filter(|it| it == "SUCCESS" || it == "FAILED");
        assert_eq!(self.until(&path, end), "SUCCESS");
    }

    /// An entry of an inventory: what has this value under a name.
    #[track_caller]
    fn found(&self, list: &str, key: &str, value: &str) -> Value {
        let filter = json!({ "filter": { "cloud": { "local": true, "remote": false } } });
        let answer = self.call("POST", &format!("{INVENTORY}/{list}"), &filter);
        let items = answer["data"]["items"].as_array().unwrap();
        items.iter().find(|it| it[key] == value).unwrap_or_else(|| panic!("{value} in {answer}")).clone()
    }

    fn digest(&self) -> Value {
        self.get("/twin/digest")
    }

    /// Pairs: refused with the certificate of the cloud, which is imported, then accepted.
    fn pair(&self, user: &User) -> Value {
        let remote = json!({
            "remote": { "url": "https://hcx-cloud.example.com", "username": user.name, "password": user.password },
        });
        let refused = self.call("POST", PAIRINGS, &remote);
        let certificate = json!({ "certificate": refused["errors"][0]["data"][0]["certificate"] });
        self.call("POST", "/hybridity/api/admin/certificates", &certificate);
        let job = self.call("POST", PAIRINGS, &remote)["data"]["jobId"].clone();
        self.job(&job)["jobData"]["endpoint"].clone()
    }

    fn unpair(&self) {
        let id = text(&self.get(PAIRINGS)["data"]["items"][0]["endpointId"]);
        self.call("DELETE", &format!("/hybridity/api/endpointPairing/{id}"), &json!({}));
        self.until(PAIRINGS, |it| it["data"]["items"].as_array().unwrap().is_empty().then_some(()));
    }

    /// A network profile of ten addresses; its id.
    fn network_profile(&self, name: &str, net: u8) -> String {
        let range =
            json!({ "startAddress": format!("10.9.{net}.10"), "endAddress": format!("10.9.{net}.19") });
        let profile = json!({
            "name": name, "l3TenantManaged": false, "mtu": 1500,
            "ipScopes": [{ "prefixLength": 24, "gateway": format!("10.9.{net}.1"), "networkIpRanges": [range] }],
        });
        let made = self.call("POST", "/admin/hybridity/api/networks", &profile);
        self.job(&made["data"]["jobId"]);
        let all = self.call("POST", "/hybridity/api/networks?action=queryIpUsage", &json!({ "filter": {} }));
        let found = all.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
        text(&found["objectId"])
    }

    fn compute_profile(&self, name: &str, networks: &[(&str, &String)]) -> String {
        let vc = self.found("vc/list", "name", "SDDC");
        let cluster = &vc["children"][0];
        let scope = json!({ "filter": { "vcenter_instanceId": vc["vcenter_instanceId"], "computeIds": [cluster["entity_id"]] } });
        let switches =
            self.call("POST", &format!("{INVENTORY}/vc/dvs/query"), &scope)["data"]["items"].clone();
        let tagged = networks.iter().map(|(tag, id)| json!({ "id": id, "tags": [tag] }));
        let profile = json!({
            "name": name, "services": services(), "networks": tagged.collect::<Vec<_>>(),
            "computes": [{ "cmpId": vc["vcenter_instanceId"], "computeId": cluster["entity_id"] }],
            "switches": switches,
        });
        self.task(&self.call("POST", PROFILES, &profile));
        self.profile_id(PROFILES, name)
    }

    fn profile_id(&self, path: &str, name: &str) -> String {
        let all = self.get(path);
        text(
            &all["items"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap()["computeProfileId"],
        )
    }

    /// A service mesh between a compute profile and the first one at the other end; its id.
    fn mesh(&self, name: &str, profile: &str, endpoint: &str) -> String {
        let there = self.get(&format!("{PROFILES}?endpointId={endpoint}"));
        let ends = json!([
            { "computeProfileId": profile },
            { "computeProfileId": there["items"][0]["computeProfileId"], "endpointId": endpoint },
        ]);
        let mesh = json!({ "name": name, "computeProfiles": ends, "services": services() });
        let made = self.call("POST", MESHES, &mesh);
        self.task(&made);
        text(&made["data"]["serviceMeshId"])
    }

    /// Extends a network over the first appliance; the id of the extension.
    fn extend(&self, network: &str) -> String {
        let query = json!({ "filter": { "applianceType": "HCX-NET-EXT" } });
        let appliances = self.call("POST", "/hybridity/api/interconnect/appliances/query", &query);
        let network_id = self.found("networks", "name", network)["entity_id"].clone();
        let extension = json!({
            "gateway": "10.20.30.1", "netmask": "255.255.255.0",
            "sourceNetwork": { "networkId": network_id, "networkName": network },
            "destinationNetwork": { "gatewayId": "tier1-production" },
            "sourceAppliance": { "applianceId": appliances["items"][0]["applianceId"] },
        });
        self.job(&self.call("POST", EXTENSIONS, &extension)["id"]);
        let all = self.get(EXTENSIONS)["items"].clone();
        let is_it = |it: &&Value| it["sourceNetwork"]["networkName"] == network;
        text(&all.as_array().unwrap().iter().find(is_it).unwrap()["stretchId"])
    }
}

fn services() -> Value {
    json!([{ "name": "INTERCONNECT" }, { "name": "VMOTION" }, { "name": "BULK_MIGRATION" }, { "name": "NETWORK_EXTENSION" }])
}

fn story(client: &Client, user: &User) {
    let nothing = client.digest();
    let endpoint = text(&client.pair(user)["endpointId"]);
    assert_eq!(client.found("cloud/list", "endpointId", &endpoint)["url"], "https://hcx-cloud.example.com");
    let paired = client.digest();
    assert_ne!(paired, nothing);
    let management = client.network_profile("older-management", 1);
    let uplink = client.network_profile("older-uplink", 2);
    let vmotion = client.network_profile("older-vmotion", 3);
    let networks = [("management", &management), ("uplink", &uplink), ("vmotion", &vmotion)];
    let profile = client.compute_profile("older-profile", &networks);
    let mesh = client.mesh("older-mesh", &profile, &endpoint);
    let meshed = client.digest();
    let extension = client.extend("web-30");
    assert_ne!(client.digest(), meshed);
    let gone = client.call("DELETE", &format!("{EXTENSIONS}/{extension}"), &json!({}));
    client.job(&gone["id"]);
    assert_eq!(client.digest(), meshed);
    client.task(&client.call("DELETE", &format!("{MESHES}/{mesh}"), &json!({})));
    client.task(&client.call("DELETE", &format!("{PROFILES}/{profile}"), &json!({})));
    for network in [management, uplink, vmotion] {
        let gone = client.call("DELETE", &format!("/hybridity/api/networks/{network}"), &json!({}));
        client.job(&gone["data"]["jobId"]);
    }
    assert_eq!(client.digest(), paired);
    client.unpair();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_the_older_api_works_unchanged() {
    let twin = Twin::new(&Scene::parse(UNPAIRED).unwrap());
    let (user, remote) = (twin.user(SOURCE), twin.user(CLOUD));
    let listen = "127.0.0.1:0".parse().unwrap();
    let server = serve(twin, &Settings { listen, tls: false, speed: 2000.0 }).await.unwrap();
    let url = server.url(SOURCE);
    tokio::task::spawn_blocking(move || story(&Client::new(url, &user), &remote)).await.unwrap();
}
