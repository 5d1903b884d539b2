//! Segments at the destination (`behaviour.md` sections 10 and 14). An extension makes one without a gateway; where the
//! Tier-1 gateway has the very subnet already, it uses that segment and switches its gateway off. What is left of it
//! afterwards depends on `connectToLocalRouter` alone: with it the segment is routed there, without it isolated. That
//! HCX's own segment goes when it is not routed and nothing is connected to it is inferred.

use serde::{Deserialize, Serialize};

use crate::extension::Extension;
use crate::net::Subnet;
use crate::refusal::{Refusal, refuse};
use crate::scene::SegmentScene;
use crate::world::{World, uid};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) subnet: Subnet,
    pub(crate) router: String,
    /// Whether it is routed at the destination.
    pub(crate) gateway_on: bool,
}

/// What HCX calls a segment that it makes.
pub(crate) fn own_name(network: &str) -> String {
    format!("L2E_{network}")
}

pub(crate) fn segment_id(name: &str) -> String {
    uid(&["segment", name])
}

impl Segment {
    /// None when its gateway cannot be read.
    pub(crate) fn new(scene: &SegmentScene) -> Option<Self> {
        let (router, gateway_on) = (scene.router.clone(), scene.gateway_on);
        Some(Segment { subnet: Subnet::cidr(&scene.gateway)?, router, gateway_on })
    }
}

impl World {
    /// The segment that an extension would use, if it is there; refused when a subnet overlaps with another one
    /// inexactly, or HCX's own name is taken (inferred).
    pub(crate) fn fitting_segment(
        &self,
        network: &str,
        router: &str,
        subnet: Subnet,
    ) -> Result<Option<String>, Refusal> {
        let on_router = || self.segments.iter().filter(|(_, it)| it.router == router);
        if let Some((name, _)) = on_router().find(|(_, it)| it.subnet.is_same_net(subnet)) {
            return Ok(Some(name.clone()));
        }
        if let Some((name, _)) = on_router().find(|(_, it)| it.subnet.overlaps(subnet)) {
            let message = format!("the subnet of {network} overlaps that of segment {name} on {router}");
            return refuse(400, "SUBNET_OVERLAP", message);
        }
        if self.segments.contains_key(&own_name(network)) {
            let message = format!("there is a segment {} of another subnet or router", own_name(network));
            return refuse(400, "SEGMENT_EXISTS", message);
        }
        Ok(None)
    }

    /// Gives an extension its segment: one that fits, with its gateway off, or a new one.
    pub(crate) fn attach_segment(&mut self, id: &str) {
        let Some(it) = self.extensions.get(id) else { return };
        let fitting = self.fitting_segment(&it.network, &it.router, it.subnet).unwrap_or_default();
        let name = fitting.unwrap_or_else(|| own_name(&it.network));
        let made = Segment { subnet: it.subnet, router: it.router.clone(), gateway_on: false };
        self.segments.entry(name.clone()).or_insert(made).gateway_on = false;
        self.extensions.entry(id.to_owned()).and_modify(|it| it.segment = Some(name));
    }

    /// What becomes of the segment of an extension that is gone.
    pub(crate) fn detach_segment(&mut self, gone: &Extension, connect: bool) {
        let Some(name) = &gone.segment else { return };
        let is_empty = self.cloud.vms.values().all(|vm| vm.network != *name);
        if !connect && is_empty && *name == own_name(&gone.network) {
            self.segments.remove(name);
        } else if let Some(segment) = self.segments.get_mut(name) {
            segment.gateway_on = connect;
        }
    }
}
