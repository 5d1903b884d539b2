//! A walk through all operations: each is carried out, and each is refused. The driver holds every answer against the contract.

use std::collections::BTreeSet;

use hcxrun_twin::contract::{self, Entry};
use hcxrun_twin::{Endpoint, Port};
use serde_json::{Value, json};

use crate::contract::written;
use crate::driver::{ADMIN, CLOUD, Client, SOURCE, text};

/// Method and path, as the contract has them.
type Ways = BTreeSet<(&'static str, &'static str)>;

struct Walk(Client);

impl Walk {
    /// Carries an operation out: its operationId, what stands for the `{}` of its path, and its body.
    #[track_caller]
    fn at(&mut self, at: Endpoint, id: &str, argument: &str, body: &Value) -> Value {
        let it = contract::all().find(|it| it.id == id && !it.path.contains('?')).expect(id);
        let query = match id {
            "queryMigrations" | "queryAlerts" => "?action=query",
            "queryNetworkProfiles" => "?action=queryIpUsage",
            "queryVcEntities" => "?entityType=cluster",
            _ => "",
        };
        let path = it.path.replace("{}", argument) + query;
        let (status, answer) = self.0.call(at, it.method, &path, body);
        assert!(status < 300, "{id} {path}: {status} {answer}");
        answer
    }

    /// At the source, and waits until whatever it started is over.
    #[track_caller]
    fn ok(&mut self, id: &str, argument: &str, body: &Value) -> Value {
        let answer = self.at(SOURCE, id, argument, body);
        self.0.wait(7200);
        answer
    }

    #[track_caller]
    fn read(&mut self, id: &str) -> Value {
        self.ok(id, "", &Value::Null)
    }

    /// What was answered with such a status.
    fn answered(&self, is_meant: impl Fn(u16) -> bool) -> Ways {
        let meant = self.0.twin.log().iter().filter(|it| it.status.is_some_and(&is_meant));
        meant.filter_map(|it| contract::of(&it.method, &it.path)).map(|it| (it.method, it.path)).collect()
    }
}

fn new(scene: &str) -> Walk {
    Walk(Client::yaml(scene))
}

fn of(answer: &Value, place: &str) -> String {
    text(answer.pointer(place).unwrap_or_else(|| panic!("{place} is not in {answer}")))
}

fn managers() -> Walk {
    let mut walk = new("{ extends: no-mesh, paired: false, trusted: false, \
        source: { edition: EVALUATION, license_keys: { ONE: ADVANCED } }, \
        cloud: { edition: EVALUATION, license_keys: { TWO: ENTERPRISE } } }");
    for id in [
        "getAbout",
        "getEndpointInfo",
        "getSupportContext",
        "getInterconnectContext",
        "getInterconnectCapabilities",
    ] {
        walk.at(SOURCE, id, "", &Value::Null);
        walk.at(CLOUD, id, "", &Value::Null);
    }
    for id in ["getAppEngineStatus", "getActivationStatus", "listLicences", "getHcxConfig"] {
        walk.at(ADMIN, id, "", &Value::Null);
    }
    let job = walk.at(ADMIN, "activateLicence", "", &json!({ "licenseKey": "ONE" }));
    walk.at(ADMIN, "getLicenceJob", &of(&job, "/jobId"), &Value::Null);
    let config = json!({ "data": { "items": [{ "config": { "activationKey": "TWO" } }] } });
    walk.at(Endpoint { port: Port::Appliance, ..CLOUD }, "setHcxConfig", "", &config);
    let user = walk.0.twin.user(CLOUD);
    let cloud =
        json!({ "url": "https://hcx-cloud.example.com", "username": user.name, "password": user.password });
    let remote = json!({ "remote": cloud });
    let untrusted = of(&walk.ok("createSitePairing", "", &remote), "/errors/0/data/0/certificate");
    walk.at(SOURCE, "importCertificate", "", &json!({ "certificate": untrusted }));
    let job = walk.ok("createSitePairing", "", &remote);
    let job = walk.ok("getJob", &of(&job, "/data/jobId"), &Value::Null);
    assert_eq!((&job["isDone"], &job["didFail"]), (&json!(true), &json!(false)));
    let ends: Vec<_> = [SOURCE, CLOUD]
        .map(|at| {
            of(&walk.at(at, "getSupportContext", "", &Value::Null), "/data/localEndpoints/0/endpointId")
        })
        .into();
    walk.ok(
        "getSitePairCapabilities",
        "",
        &json!({ "source_endpoint_id": ends[0], "dest_endpoint_id": ends[1] }),
    );
    let pairing = of(&walk.read("listSitePairings"), "/data/items/0/endpointId");
    walk.ok("deleteSitePairing", &pairing, &Value::Null);
    walk
}

fn profiles_and_meshes() -> Walk {
    let mut walk = new("{ extends: no-mesh }");
    let ranges = json!([{ "startAddress": "10.1.9.10", "endAddress": "10.1.9.19" }]);
    let pool =
        json!({ "name": "more", "l3TenantManaged": false, "ipScopes": [{ "networkIpRanges": ranges }] });
    let pool_id = of(&walk.ok("createNetworkProfile", "", &pool), "/data/objectId");
    walk.ok("updateNetworkProfile", &pool_id, &pool);
    walk.ok("deleteNetworkProfile", &pool_id, &Value::Null);
    walk.ok("queryNetworkProfiles", "", &json!({}));
    let pools = walk.read("listNetworkProfiles");
    let networks = pools.as_array().unwrap().iter().map(|it| json!({ "id": it["objectId"] }));
    let spec = json!({ "name": "second", "networks": networks.collect::<Vec<_>>() });
    walk.ok("previewComputeProfile", "", &spec);
    let profile = of(&walk.ok("createComputeProfile", "", &spec), "/data/computeProfileId");
    let made = walk.ok("getComputeProfile", &profile, &Value::Null);
    walk.ok("updateComputeProfile", &profile, &made);
    walk.read("listComputeProfiles");
    let there = of(&walk.at(CLOUD, "listComputeProfiles", "", &Value::Null), "/items/0/computeProfileId");
    let services = ["INTERCONNECT", "VMOTION", "NETWORK_EXTENSION"].map(|it| json!({ "name": it }));
    let ends = [&profile, &there].map(|it| json!({ "computeProfileId": it }));
    let spec = json!({ "name": "mesh", "services": services, "computeProfiles": ends });
    walk.ok("previewServiceMesh", "", &spec);
    let task = walk.ok("createServiceMesh", "", &spec);
    walk.ok("getTask", &of(&task, "/data/interconnectTaskId"), &Value::Null);
    walk.read("listTasks");
    walk.read("listServiceMeshes");
    let id = of(&task, "/data/serviceMeshId");
    let mut mesh = walk.ok("getServiceMesh", &id, &Value::Null);
    mesh["switchPairCount"][0]["l2cApplianceCount"] = json!(2);
    walk.0.fault("updateServiceMesh=fail-job");
    walk.ok("updateServiceMesh", &id, &mesh);
    let left = walk.0.appliances(SOURCE)[1]["applianceId"].clone();
    walk.ok("deleteAppliance", &text(&left), &Value::Null);
    let failed = walk.ok("queryAlerts", "", &json!({}));
    walk.ok("acknowledgeAlert", &of(&failed, "/items/0/alarm_id"), &Value::Null);
    walk.ok("deleteAlert", &of(&failed, "/items/0/alarm_id"), &Value::Null);
    walk.ok("resyncServiceMesh", &id, &json!({}));
    walk.ok("updateServiceMesh", &id, &mesh);
    walk.ok("deleteServiceMesh", &id, &Value::Null);
    walk.ok("deleteComputeProfile", &profile, &Value::Null);
    walk
}

fn inventory() -> Walk {
    let mut walk = new("{ extends: fresh }");
    let context = walk.read("getInterconnectContext");
    let vc = of(&context, "/0/cloudManagementPlatforms/0/cmpId");
    let scoped = json!({ "filter": { "vcenter_instanceId": vc, "computeIds": [] } });
    for id in [
        "listClouds",
        "listResourceContainers",
        "listNetworks",
        "listVirtualMachines",
        "listDatastores",
        "listContainers",
        "listStorageProfiles",
        "listVcTree",
    ] {
        walk.ok(id, "", &json!({}));
    }
    walk.ok("queryVcDatastores", "", &scoped);
    walk.ok("queryVcSwitches", "", &scoped);
    walk.read("queryVcEntities");
    walk
}

fn appliances_and_groups() -> Walk {
    let mut walk =
        new("{ extends: degraded-group, source: { version: 4.11.9 }, cloud: { version: 4.11.9 }, \
        meshes: { dc1-to-cloud: { appliances: 4, version: 4.11.1 } } }");
    walk.read("listAppliances");
    walk.ok("queryAppliances", "", &json!({}));
    walk.ok("queryApplianceMetrics", "", &json!({}));
    let standalone: Vec<_> =
        walk.0.appliances(SOURCE)[2..].iter().map(|it| text(&it["applianceId"])).collect();
    for id in ["redeployAppliance", "upgradeAppliance", "forceSyncAppliance"] {
        walk.ok(id, &standalone[0], &Value::Null);
    }
    let group = of(&walk.read("listHaGroups"), "/items/0/groupId");
    for id in
        ["recoverHaGroup", "forceFailoverHaGroup", "redeployHaGroup", "upgradeHaGroup", "forceSyncHaGroup"]
    {
        walk.ok(id, &group, &Value::Null);
    }
    let made = walk.ok("createHaGroup", "", &json!({ "appliances": [standalone[0]] }));
    let made = of(&made, "/data/groupId");
    let mesh = of(&walk.ok("getHaGroup", &made, &Value::Null), "/serviceMeshId");
    walk.ok("listHaGroupEvents", &mesh, &Value::Null);
    walk.ok("deleteHaGroup", &made, &Value::Null);
    walk
}

fn extensions() -> Walk {
    let mut walk = new("{ extends: fresh, meshes: { dc1-to-cloud: { appliances: 2 } } }");
    let items = json!({ "items": [walk.0.item("web-30", "10.20.30.1", None)] });
    walk.ok("validateExtensions", "", &items);
    let id = of(&walk.ok("createExtensions", "", &items), "/data/items/0/stretchId");
    walk.read("listExtensions");
    walk.read("listLegacyExtensions");
    walk.ok("getExtension", &id, &Value::Null);
    let other = walk.0.appliances(SOURCE)[1]["applianceId"].clone();
    walk.ok("checkTransitionEligibility", "", &json!({ "items": [{ "stretchId": id }] }));
    walk.ok("transitionExtensions", "", &json!({ "items": [{ "stretchId": id, "targetClusterId": other }] }));
    walk.ok("deleteExtension", &id, &Value::Null);
    let older = walk.0.item("app-31", "10.20.31.1", None);
    walk.ok("createLegacyExtension", "", &older);
    walk
}

fn mobility() -> Walk {
    let mut walk = new("{ extends: networks-extended }");
    let [first, second, third] =
        ["web-01", "web-02", "web-03"].map(|vm| walk.0.intent("RAV", vm, ("web-30", "L2E_web-30"), SOURCE));
    let moves = json!({ "items": [first] });
    let (groups, older) = ("/hybridity/api/mobility/groups", "/hybridity/api/migrations?action=");
    walk.at(SOURCE, "validateMigrations", "", &moves);
    let started = of(&walk.at(SOURCE, "startMigrations", "", &moves), "/items/0/migrationId");
    walk.ok("cancelMigrations", "", &json!({ "items": [{ "migrationId": started }] }));
    for action in ["validate", "start"] {
        let (status, body) = walk.0.post(&format!("{older}{action}"), &json!({ "migrations": [second] }));
        assert!(status < 300, "{body}");
    }
    let running = of(&walk.at(SOURCE, "queryMigrations", "", &json!({})), "/data/items/1/migrationId");
    walk.ok("forceCancelMigrations", "", &json!({ "items": [{ "migrationId": running }] }));
    let group = |name: &str, id: Option<&str>| json!({ "items": [{ "name": name, "migrationGroupId": id, "migrations": [third] }] });
    let made = of(&walk.ok("createMobilityGroups", "", &group("wave", None)), "/items/0/migrationGroupId");
    walk.ok("updateMobilityGroups", "", &group("renamed", Some(&made)));
    let ids = json!({ "items": [{ "migrationGroupId": made }] });
    walk.ok("queryMobilityGroups", "", &json!({}));
    walk.ok("listMobilityGroupIntents", "", &json!({}));
    walk.ok("validateMobilityGroups", "", &ids);
    walk.ok(
        "scheduleMobilityGroup",
        &made,
        &json!({ "mobilityGroupDefaults": { "transfer": { "clearSchedule": true } } }),
    );
    walk.ok("startMobilityGroups", "", &ids);
    walk.ok("queryMigrations", "", &json!({}));
    walk.ok("queryMobilityGroupsV2", "", &json!({}));
    walk.ok("queryGroupMigrationsV2", &made, &json!({}));
    walk.ok("archiveMobilityGroups", "", &ids);
    let draft = of(&walk.0.post(groups, &group("draft", None)).1, "/items/0/migrationGroupId");
    walk.ok("deleteMobilityGroups", "", &json!({ "items": [{ "migrationGroupId": draft }] }));
    walk
}

fn all() -> Ways {
    contract::all().map(|it| (it.method, it.path)).collect()
}

#[test]
fn every_operation_is_carried_out() {
    let walks =
        [managers(), profiles_and_meshes(), inventory(), appliances_and_groups(), extensions(), mobility()];
    let mut done: Ways = walks.iter().flat_map(|it| it.answered(|status| status < 300)).collect();
    let mut last = new("{ extends: fresh }");
    last.at(SOURCE, "deleteSession", "", &Value::Null);
    done.extend(last.answered(|status| status < 300));
    assert_eq!(all().difference(&done).collect::<Vec<_>>(), [&("", ""); 0]);
}

/// Without a session, or with a body that is none, or for what is not there.
fn refused(client: &mut Client, it: &Entry) -> u16 {
    let at = if it.port == Port::Appliance { ADMIN } else { SOURCE };
    let path = it.path.replace("{}", "none");
    let is_login = ["createSession", "createAdminSession"].contains(&it.id);
    let answer = if is_login {
        client.raw(at, it.method, &path, "{ none", &[])
    } else {
        client.raw(at, it.method, &path, "", &[])
    };
    answer.unwrap().0
}

#[test]
fn every_operation_but_one_is_refused() {
    let mut client = Client::new("fresh");
    for it in contract::all() {
        let status = refused(&mut client, &it);
        // Whether a manager lives is told without a session.
        assert_eq!(status < 300, it.id == "getEndpointInfo", "{}: {status}", it.id);
    }
}

#[test]
fn what_is_not_there_is_refused_by_its_path() {
    let mut client = Client::new("fresh");
    for it in contract::all().filter(|it| it.path.contains("{}")) {
        let at = if it.port == Port::Appliance { ADMIN } else { SOURCE };
        let (status, body) = client.call(at, it.method, &it.path.replace("{}", "none"), &json!({}));
        let is_refused = (400..500).contains(&status) || body["success"] == false;
        assert!(is_refused, "{}: {status} {body}", it.id);
    }
}

#[test]
fn what_is_no_json_is_refused_with_the_shape_of_its_family() {
    let mut client = Client::new("fresh");
    let with_body: Vec<_> = written().filter(|it| it.3.get("requestBody").is_some()).map(|it| it.0).collect();
    for it in contract::all().filter(|it| with_body.contains(&it.id)) {
        let at = if it.port == Port::Appliance { ADMIN } else { SOURCE };
        let (status, body) = client.text(at, it.method, &it.path.replace("{}", "none"), "{ none").unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let code =
            ["/errors/0/code", "/errors/0/error", "/errorCode"].iter().find_map(|place| body.pointer(place));
        assert_eq!((status, code), (400, Some(&json!("MALFORMED_JSON"))), "{}: {body}", it.id);
    }
}
