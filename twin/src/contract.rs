//! Every operation of the contract: where it is, what it is called, and how its manager says no.

use crate::http::Port;
use crate::refusal::Family;
use Effect::{Change, Read};
use Family::{Appliance, Legacy, Service};

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

type Row = (Family, &'static str, &'static str, &'static str, Effect);

/// Shape of its errors, method, path with `{}` where an id stands, operationId, effect. What an `action` tells apart
/// comes first: the older ways to validate and start migrations.
#[rustfmt::skip]
const OPERATIONS: &[Row] = &[
    (Legacy, "POST", "/hybridity/api/migrations?action=validate", "validateMigrations", Read),
    (Legacy, "POST", "/hybridity/api/migrations?action=start", "startMigrations", Change),
    (Service, "POST", "/hybridity/api/sessions", "createSession", Read),
    (Service, "DELETE", "/hybridity/api/sessions", "deleteSession", Read),
    (Service, "GET", "/hybridity/api/endpointInfo", "getEndpointInfo", Read),
    (Service, "GET", "/hybridity/api/about", "getAbout", Read),
    (Service, "GET", "/hybridity/api/metainfo/context/interconnect", "getInterconnectContext", Read),
    (Service, "GET", "/hybridity/api/metainfo/context/support", "getSupportContext", Read),
    (Service, "GET", "/hybridity/api/interconnect/capabilities", "getInterconnectCapabilities", Read),
    (Service, "POST", "/hybridity/api/interconnect/capabilities/site-pair-capabilities", "getSitePairCapabilities", Read),
    (Service, "GET", "/hybridity/api/interconnect/computeProfiles", "listComputeProfiles", Read),
    (Service, "POST", "/hybridity/api/interconnect/computeProfiles", "createComputeProfile", Change),
    (Service, "GET", "/hybridity/api/interconnect/computeProfiles/{}", "getComputeProfile", Read),
    (Service, "PUT", "/hybridity/api/interconnect/computeProfiles/{}", "updateComputeProfile", Change),
    (Service, "DELETE", "/hybridity/api/interconnect/computeProfiles/{}", "deleteComputeProfile", Change),
    (Service, "POST", "/hybridity/api/interconnect/computeProfiles/preview", "previewComputeProfile", Read),
    (Service, "GET", "/hybridity/api/interconnect/serviceMesh", "listServiceMeshes", Read),
    (Service, "POST", "/hybridity/api/interconnect/serviceMesh", "createServiceMesh", Change),
    (Service, "GET", "/hybridity/api/interconnect/serviceMesh/{}", "getServiceMesh", Read),
    (Service, "PUT", "/hybridity/api/interconnect/serviceMesh/{}", "updateServiceMesh", Change),
    (Service, "DELETE", "/hybridity/api/interconnect/serviceMesh/{}", "deleteServiceMesh", Change),
    (Service, "POST", "/hybridity/api/interconnect/serviceMesh/preview", "previewServiceMesh", Read),
    (Service, "POST", "/hybridity/api/interconnect/serviceMesh/{}/resync", "resyncServiceMesh", Change),
    (Service, "GET", "/hybridity/api/interconnect/appliances", "listAppliances", Read),
    (Service, "POST", "/hybridity/api/interconnect/appliances/query", "queryAppliances", Read),
    (Service, "POST", "/hybridity/api/metrics/interconnect", "queryApplianceMetrics", Read),
    (Service, "POST", "/hybridity/api/interconnect/appliances/{}/redeploy", "redeployAppliance", Change),
    (Service, "POST", "/hybridity/api/interconnect/appliances/{}/upgrade", "upgradeAppliance", Change),
    (Service, "POST", "/hybridity/api/interconnect/appliances/{}/forceSync", "forceSyncAppliance", Change),
    (Service, "DELETE", "/hybridity/api/interconnect/appliances/{}", "deleteAppliance", Change),
    (Service, "GET", "/hybridity/api/interconnect/appliances/ha/groups", "listHaGroups", Read),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups", "createHaGroup", Change),
    (Service, "GET", "/hybridity/api/interconnect/appliances/ha/groups/{}", "getHaGroup", Read),
    (Service, "DELETE", "/hybridity/api/interconnect/appliances/ha/groups/{}", "deleteHaGroup", Change),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/forceFailover", "forceFailoverHaGroup", Change),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/redeploy", "redeployHaGroup", Change),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/recover", "recoverHaGroup", Change),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/forceSync", "forceSyncHaGroup", Change),
    (Service, "POST", "/hybridity/api/interconnect/appliances/ha/groups/{}/upgrade", "upgradeHaGroup", Change),
    (Service, "GET", "/hybridity/api/interconnect/appliances/ha/groups/events/{}", "listHaGroupEvents", Read),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions/validate", "validateExtensions", Read),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions", "createExtensions", Change),
    (Service, "GET", "/hybridity/api/l2NetworkExtensions", "listExtensions", Read),
    (Service, "GET", "/hybridity/api/l2NetworkExtensions/{}", "getExtension", Read),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions/transition/eligibility", "checkTransitionEligibility", Read),
    (Service, "POST", "/hybridity/api/l2NetworkExtensions/transition", "transitionExtensions", Change),
    (Service, "POST", "/hybridity/api/mobility/groups", "createMobilityGroups", Change),
    (Service, "PUT", "/hybridity/api/mobility/groups", "updateMobilityGroups", Change),
    (Service, "POST", "/hybridity/api/mobility/groups/query", "queryMobilityGroups", Read),
    (Service, "POST", "/hybridity/api/mobility/groups/validate", "validateMobilityGroups", Read),
    (Service, "POST", "/hybridity/api/mobility/groups/start", "startMobilityGroups", Change),
    (Service, "POST", "/hybridity/api/mobility/groups/archive", "archiveMobilityGroups", Change),
    (Service, "POST", "/hybridity/api/mobility/groups/delete", "deleteMobilityGroups", Change),
    (Service, "POST", "/hybridity/api/mobility/groups/intents", "listMobilityGroupIntents", Read),
    (Service, "POST", "/hybridity/api/mobility/groups/{}/schedule", "scheduleMobilityGroup", Change),
    (Service, "POST", "/hybridity/api/mobility/migrations/validate", "validateMigrations", Read),
    (Service, "POST", "/hybridity/api/mobility/migrations/start", "startMigrations", Change),
    (Service, "POST", "/hybridity/api/mobility/migrations/cancel", "cancelMigrations", Change),
    (Service, "POST", "/hybridity/api/mobility/migrations/forceCancel", "forceCancelMigrations", Change),
    (Service, "POST", "/hybridity/api/migrations", "queryMigrations", Read),
    (Service, "POST", "/hybridity/api/v2/mobility-groups/query", "queryMobilityGroupsV2", Read),
    (Service, "POST", "/hybridity/api/v2/mobility-groups/{}/migrations/query", "queryGroupMigrationsV2", Read),
    (Service, "GET", "/hybridity/api/interconnect/tasks/{}", "getTask", Read),
    (Service, "GET", "/hybridity/api/interconnect/tasks", "listTasks", Read),
    (Service, "POST", "/hybridity/api/alerts", "queryAlerts", Read),
    (Service, "POST", "/hybridity/api/alerts/{}/acknowledge", "acknowledgeAlert", Change),
    (Service, "DELETE", "/hybridity/api/alerts/{}", "deleteAlert", Change),
    (Legacy, "POST", "/hybridity/api/admin/certificates", "importCertificate", Change),
    (Legacy, "GET", "/hybridity/api/cloudConfigs", "listSitePairings", Read),
    (Legacy, "POST", "/hybridity/api/cloudConfigs", "createSitePairing", Change),
    (Legacy, "DELETE", "/hybridity/api/endpointPairing/{}", "deleteSitePairing", Change),
    (Legacy, "POST", "/hybridity/api/service/inventory/cloud/list", "listClouds", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/resourcecontainer/list", "listResourceContainers", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/networks", "listNetworks", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/virtualmachines", "listVirtualMachines", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/datastores", "listDatastores", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/containers", "listContainers", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/storageProfiles", "listStorageProfiles", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/vc/list", "listVcTree", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/vc/datastores/query", "queryVcDatastores", Read),
    (Legacy, "POST", "/hybridity/api/service/inventory/vc/dvs/query", "queryVcSwitches", Read),
    (Legacy, "GET", "/hybridity/api/vc/query", "queryVcEntities", Read),
    (Legacy, "GET", "/hybridity/api/networks", "listNetworkProfiles", Read),
    (Legacy, "POST", "/hybridity/api/networks", "queryNetworkProfiles", Read),
    (Legacy, "POST", "/admin/hybridity/api/networks", "createNetworkProfile", Change),
    (Legacy, "PUT", "/hybridity/api/networks/{}", "updateNetworkProfile", Change),
    (Legacy, "DELETE", "/hybridity/api/networks/{}", "deleteNetworkProfile", Change),
    (Legacy, "DELETE", "/hybridity/api/l2Extensions/{}", "deleteExtension", Change),
    (Legacy, "GET", "/hybridity/api/l2Extensions", "listLegacyExtensions", Read),
    (Legacy, "POST", "/hybridity/api/l2Extensions", "createLegacyExtension", Change),
    (Legacy, "GET", "/hybridity/api/jobs/{}", "getJob", Read),
    (Appliance, "POST", "/api/admin/v1/sessions", "createAdminSession", Read),
    (Appliance, "GET", "/components/appengine/status", "getAppEngineStatus", Read),
    (Appliance, "GET", "/license/hcx/activationStatus", "getActivationStatus", Read),
    (Appliance, "GET", "/api/admin/licenses", "listLicences", Read),
    (Appliance, "POST", "/api/admin/licenses/activation", "activateLicence", Change),
    (Appliance, "GET", "/api/admin/licenses/status/{}", "getLicenceJob", Read),
    (Appliance, "GET", "/api/admin/global/config/hcx", "getHcxConfig", Read),
    (Appliance, "POST", "/api/admin/global/config/hcx", "setHcxConfig", Change),
];

/// The operation that a request names; on the appliance port there are those of its family alone.
pub(crate) fn find(port: Port, method: &str, target: &str) -> Option<Operation> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    OPERATIONS.iter().find_map(|&(family, wanted, template, id, effect)| {
        if wanted != method || (family == Appliance) != (port == Port::Appliance) {
            return None;
        }
        let (template, action) = template.split_once('?').unwrap_or((template, ""));
        if !action.is_empty() && !query.split('&').any(|it| it == action) {
            return None;
        }
        Some(Operation { id, family, effect, argument: matches(template, path)? })
    })
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
    use super::{OPERATIONS, find};
    use crate::http::{Endpoint, Port, Reply, Request, Site};
    use crate::refusal::Family;
    use crate::{Scene, Twin};

    /// Every operation with a path that names it.
    fn all() -> impl Iterator<Item = (&'static str, Port, &'static str, String)> {
        OPERATIONS.iter().map(|(family, method, template, id, _)| {
            let port = if *family == Family::Appliance { Port::Appliance } else { Port::Service };
            (*id, port, *method, template.replace("{}", "some-id"))
        })
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
                assert!(answer.status < 500 || answer.status == 501, "{id} {body}: {}", answer.status);
            }
        }
    }
}
