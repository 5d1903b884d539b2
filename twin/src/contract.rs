//! Every operation of the contract: where it is, what it is called, and how its manager says no.

use crate::http::Port;
use crate::refusal::Family;
use Confidence::{Documented, Inferred, Observed};
use Effect::{Change, Read};
use Family::{Appliance, Legacy, Service};
use Managers::{Both, Initiator};

/// Whether an operation can change the world; sessions are no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Change,
}

/// A request, understood: the operation and what its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) family: Family,
    pub(crate) effect: Effect,
    /// What stands for the `{}` of its path; empty when it has none.
    pub(crate) argument: String,
}

/// How well an operation is known: that of its least known essential part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// A reference page shows it.
    Documented,
    /// A published client sends it.
    Observed,
    /// No public source shows it; the shape is the likely one.
    Inferred,
}

/// Which managers of a pair take an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Managers {
    /// The connector and the cloud manager.
    Both,
    /// The manager that initiated the pairing and the mesh.
    Initiator,
}

/// An operation as the contract lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its operationId.
    pub id: &'static str,
    /// On which port of a manager.
    pub port: Port,
    /// As in a request line.
    pub method: &'static str,
    /// The path with `{}` where an id stands, and the `?action` that tells it apart.
    pub path: &'static str,
    /// How well it is known.
    pub confidence: Confidence,
    /// Which managers take it.
    pub managers: Managers,
    /// Whether it can change the world.
    pub changing: bool,
}

type Row = (Family, &'static str, &'static str, &'static str, Effect, Confidence, Managers);

/// Shape of its errors, method, path with `{}` where an id stands, operationId, effect, how well it is known, who serves it.
/// What an `action` tells apart comes first: the older ways to validate and start migrations. A test compares the rest with
/// `contract/openapi.yaml`.
#[rustfmt::skip]
const OPERATIONS: &[Row] = &[
    (Legacy, "POST", "/hybridity/api/migrations?action=validate", "validateMigrations", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/migrations?action=start", "startMigrations", Change, Observed, Initiator),
    (Service, "POST", "/hybridity/api/sessions", "createSession", Read, Documented, Both),
    (Service, "DELETE", "/hybridity/api/sessions", "deleteSession", Read, Inferred, Both),
    (Service, "GET", "/hybridity/api/endpointInfo", "getEndpointInfo", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/about", "getAbout", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/metainfo/context/interconnect", "getInterconnectContext", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/metainfo/context/support", "getSupportContext", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/interconnect/capabilities", "getInterconnectCapabilities", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/interconnect/capabilities/site-pair-capabilities", "getSitePairCapabilities", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/interconnect/computeProfiles", "listComputeProfiles", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/interconnect/computeProfiles", "createComputeProfile", Change, Observed, Both),
    (Service, "GET", "/hybridity/api/interconnect/computeProfiles/{}", "getComputeProfile", Read, Inferred, Both),
    (Service, "PUT", "/hybridity/api/interconnect/computeProfiles/{}", "updateComputeProfile", Change, Inferred, Both),
    (Service, "DELETE", "/hybridity/api/interconnect/computeProfiles/{}", "deleteComputeProfile", Change, Observed, Both),
    (Service, "POST", "/hybridity/api/interconnect/computeProfiles/preview", "previewComputeProfile", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/interconnect/serviceMesh", "listServiceMeshes", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/interconnect/serviceMesh", "createServiceMesh", Change, Observed, Initiator),
    (Service, "GET", "/hybridity/api/interconnect/serviceMesh/{}", "getServiceMesh", Read, Inferred, Both),
    (Service, "PUT", "/hybridity/api/interconnect/serviceMesh/{}", "updateServiceMesh", Change, Inferred, Initiator),
    (Service, "DELETE", "/hybridity/api/interconnect/serviceMesh/{}", "deleteServiceMesh", Change, Observed, Initiator),
    (Service, "POST", "/hybridity/api/interconnect/serviceMesh/preview", "previewServiceMesh", Read, Observed, Initiator),
    (Service, "POST", "/hybridity/api/interconnect/serviceMesh/{}/resync", "resyncServiceMesh", Change, Observed, Initiator),
    (Service, "GET", "/hybridity/api/interconnect/appliances", "listAppliances", Read, Documented, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/query", "queryAppliances", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/metrics/interconnect", "queryApplianceMetrics", Read, Documented, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/{}/redeploy", "redeployAppliance", Change, Documented, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/{}/upgrade", "upgradeAppliance", Change, Documented, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/{}/forceSync", "forceSyncAppliance", Change, Inferred, Both),
    (Service, "DELETE", "/hybridity/api/interconnect/appliances/{}", "deleteAppliance", Change, Observed, Both),
    (Service, "GET", "/hybridity/api/interconnect/appliances/ha/groups", "listHaGroups", Read, Documented, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups", "createHaGroup", Change, Inferred, Both),
    (Service, "GET", "/hybridity/api/interconnect/appliances/ha/groups/{}", "getHaGroup", Read, Inferred, Both),
    (Service, "DELETE", "/hybridity/api/interconnect/appliances/ha/groups/{}", "deleteHaGroup", Change, Documented, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/forceFailover", "forceFailoverHaGroup", Change, Documented, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/redeploy", "redeployHaGroup", Change, Inferred, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/recover", "recoverHaGroup", Change, Inferred, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/forceSync", "forceSyncHaGroup", Change, Inferred, Both),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/upgrade", "upgradeHaGroup", Change, Inferred, Both),
    (Service, "GET", "/hybridity/api/interconnect/appliances/ha/groups/events/{}", "listHaGroupEvents", Read, Documented, Both),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions/validate", "validateExtensions", Read, Documented, Both),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions", "createExtensions", Change, Documented, Initiator),
    (Service, "GET", "/hybridity/api/l2NetworkExtensions", "listExtensions", Read, Documented, Both),
    (Service, "GET", "/hybridity/api/l2NetworkExtensions/{}", "getExtension", Read, Inferred, Both),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions/transition/eligibility", "checkTransitionEligibility", Read, Inferred, Both),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions/transition", "transitionExtensions", Change, Documented, Initiator),
    (Service, "POST", "/hybridity/api/mobility/groups", "createMobilityGroups", Change, Observed, Initiator),
    (Service, "PUT", "/hybridity/api/mobility/groups", "updateMobilityGroups", Change, Documented, Initiator),
    (Service, "POST", "/hybridity/api/mobility/groups/query", "queryMobilityGroups", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/mobility/groups/validate", "validateMobilityGroups", Read, Inferred, Both),
    (Service, "POST", "/hybridity/api/mobility/groups/start", "startMobilityGroups", Change, Documented, Initiator),
    (Service, "POST", "/hybridity/api/mobility/groups/archive", "archiveMobilityGroups", Change, Documented, Both),
    (Service, "POST", "/hybridity/api/mobility/groups/delete", "deleteMobilityGroups", Change, Observed, Both),
    (Service, "POST", "/hybridity/api/mobility/groups/intents", "listMobilityGroupIntents", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/mobility/groups/{}/schedule", "scheduleMobilityGroup", Change, Documented, Both),
    (Service, "POST", "/hybridity/api/mobility/migrations/validate", "validateMigrations", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/mobility/migrations/start", "startMigrations", Change, Observed, Initiator),
    (Service, "POST", "/hybridity/api/mobility/migrations/cancel", "cancelMigrations", Change, Inferred, Initiator),
    (Service, "POST", "/hybridity/api/mobility/migrations/forceCancel", "forceCancelMigrations", Change, Documented, Initiator),
    (Service, "POST", "/hybridity/api/migrations", "queryMigrations", Read, Documented, Both),
    (Service, "POST", "/hybridity/api/v2/mobility-groups/query", "queryMobilityGroupsV2", Read, Observed, Both),
    (Service, "POST", "/hybridity/api/v2/mobility-groups/{}/migrations/query", "queryGroupMigrationsV2", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/interconnect/tasks/{}", "getTask", Read, Observed, Both),
    (Service, "GET", "/hybridity/api/interconnect/tasks", "listTasks", Read, Inferred, Both),
    (Service, "POST", "/hybridity/api/alerts", "queryAlerts", Read, Documented, Both),
    (Service, "POST", "/hybridity/api/alerts/{}/acknowledge", "acknowledgeAlert", Change, Documented, Both),
    (Service, "DELETE", "/hybridity/api/alerts/{}", "deleteAlert", Change, Documented, Both),
    (Legacy, "POST", "/hybridity/api/admin/certificates", "importCertificate", Change, Observed, Both),
    (Legacy, "GET", "/hybridity/api/cloudConfigs", "listSitePairings", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/cloudConfigs", "createSitePairing", Change, Observed, Both),
    (Legacy, "DELETE", "/hybridity/api/endpointPairing/{}", "deleteSitePairing", Change, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/cloud/list", "listClouds", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/resourcecontainer/list", "listResourceContainers", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/networks", "listNetworks", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/virtualmachines", "listVirtualMachines", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/datastores", "listDatastores", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/containers", "listContainers", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/storageProfiles", "listStorageProfiles", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/vc/list", "listVcTree", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/vc/datastores/query", "queryVcDatastores", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/service/inventory/vc/dvs/query", "queryVcSwitches", Read, Observed, Both),
    (Legacy, "GET", "/hybridity/api/vc/query", "queryVcEntities", Read, Observed, Both),
    (Legacy, "GET", "/hybridity/api/networks", "listNetworkProfiles", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/networks", "queryNetworkProfiles", Read, Observed, Both),
    (Legacy, "POST", "/admin/hybridity/api/networks", "createNetworkProfile", Change, Observed, Both),
    (Legacy, "PUT", "/hybridity/api/networks/{}", "updateNetworkProfile", Change, Observed, Both),
    (Legacy, "DELETE", "/hybridity/api/networks/{}", "deleteNetworkProfile", Change, Observed, Both),
    (Legacy, "DELETE", "/hybridity/api/l2Extensions/{}", "deleteExtension", Change, Documented, Initiator),
    (Legacy, "GET", "/hybridity/api/l2Extensions", "listLegacyExtensions", Read, Observed, Both),
    (Legacy, "POST", "/hybridity/api/l2Extensions", "createLegacyExtension", Change, Documented, Initiator),
    (Legacy, "GET", "/hybridity/api/jobs/{}", "getJob", Read, Documented, Both),
    (Appliance, "POST", "/api/admin/v1/sessions", "createAdminSession", Read, Documented, Both),
    (Appliance, "GET", "/components/appengine/status", "getAppEngineStatus", Read, Observed, Both),
    (Appliance, "GET", "/license/hcx/activationStatus", "getActivationStatus", Read, Documented, Both),
    (Appliance, "GET", "/api/admin/licenses", "listLicences", Read, Observed, Both),
    (Appliance, "POST", "/api/admin/licenses/activation", "activateLicence", Change, Observed, Both),
    (Appliance, "GET", "/api/admin/licenses/status/{}", "getLicenceJob", Read, Observed, Both),
    (Appliance, "GET", "/api/admin/global/config/hcx", "getHcxConfig", Read, Observed, Both),
    (Appliance, "POST", "/api/admin/global/config/hcx", "setHcxConfig", Change, Observed, Both),
];

/// The operation that a request names; on the appliance port there are those of its family alone.
pub(crate) fn find(port: Port, method: &str, target: &str) -> Option<Operation> {
    let (&(family, _, _, id, effect, ..), argument) = row(port, method, target)?;
    Some(Operation { id, family, effect, argument })
}

fn row(port: Port, method: &str, target: &str) -> Option<(&'static Row, String)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    OPERATIONS.iter().find_map(|row| {
        let (family, wanted, template, ..) = *row;
        if wanted != method || port_of(family) != port {
            return None;
        }
        let (template, action) = template.split_once('?').unwrap_or((template, ""));
        if !action.is_empty() && !query.split('&').any(|it| it == action) {
            return None;
        }
        Some((row, matches(template, path)?))
    })
}

/// All operations, as the contract lists them.
pub fn all() -> impl Iterator<Item = Entry> {
    OPERATIONS.iter().map(entry)
}

/// The operation of a request; a `{}` in its path stands for any id.
pub fn of(method: &str, target: &str) -> Option<Entry> {
    [Port::Service, Port::Appliance].into_iter().find_map(|port| Some(entry(row(port, method, target)?.0)))
}

fn entry(&(family, method, path, id, effect, confidence, managers): &Row) -> Entry {
    Entry { id, port: port_of(family), method, path, confidence, managers, changing: effect == Change }
}

fn port_of(family: Family) -> Port {
    match family {
        Appliance => Port::Appliance,
        Service | Legacy => Port::Service,
    }
}

fn matches(template: &str, path: &str) -> Option<String> {
    let Some((before, after)) = template.split_once("{}") else {
        return (template == path).then(String::new);
    };
    let middle = path.strip_prefix(before)?.strip_suffix(after)?;
    (!middle.is_empty() && !middle.contains('/')).then(|| middle.to_owned())
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::http::{Endpoint, Port, Reply, Request, Site};
    use crate::{Scene, Twin};

    /// Every operation with a path that names it.
    fn all() -> impl Iterator<Item = (&'static str, Port, &'static str, String)> {
        super::all().map(|it| (it.id, it.port, it.method, it.path.replace("{}", "some-id")))
    }

    #[test]
    fn every_operation_is_found_by_its_path() {
        for (id, port, method, path) in all() {
            let found = find(port, method, &path).map(|it| it.id);
            assert_eq!(found, Some(id), "{method} {path}");
        }
    }

    #[test]
    fn no_body_is_too_odd_to_be_answered() {
        let mut twin = Twin::new(&Scene::named("already-extended").unwrap());
        let bodies = [
            "",
            "{",
            "null",
            "[]",
            "7",
            "\"x\"",
            "{\"items\":[{}]}",
            "{\"items\":[null]}",
            "{\"filter\":[]}",
            "\u{0}",
        ];
        for (id, port, method, path) in all().filter(|(id, ..)| *id != "deleteSession") {
            for body in bodies {
                let token = twin.signed_in(Endpoint { site: Site::Source, port });
                let request = Request {
                    method: method.to_owned(),
                    path_and_query: path.clone(),
                    headers: vec![("x-hm-authorization".to_owned(), token)],
                    body: body.as_bytes().to_vec(),
                };
                let at = Endpoint { site: Site::Source, port };
                let (reply, _) = twin.handle(jiff::Timestamp::UNIX_EPOCH, at, &request);
                let Reply::Answer(answer) = reply else { panic!("{id} is dropped") };
                // A pairing without `remote` makes a real manager fail (section 6).
                let fails = id == "createSitePairing" && answer.status == 500;
                assert!(answer.status < 500 || fails, "{id} {body}: {}", answer.status);
            }
        }
    }
}
