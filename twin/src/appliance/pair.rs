//! A pair of appliances: one at the source, its peer in the cloud (`behaviour.md` sections 1 and 9.1).

use serde::{Deserialize, Serialize};

use crate::appliance::work::Work;
use crate::http::Site;
use crate::scene::VersionScene;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) version: Versions,
    /// Whether it is healthy; see [`Pair::is_up`].
    pub(crate) up: bool,
    /// The source switch whose networks it carries.
    pub(crate) switch: String,
    /// Whether it belongs to its mesh: not while it is deployed, nor when that failed.
    pub(crate) committed: bool,
    /// What is done to it.
    pub(crate) under_way: Option<UnderWay>,
}

/// What is done to a pair, and whether it stands still meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnderWay {
    pub(crate) work: Work,
    pub(crate) interrupts: bool,
}

/// The versions of a pair's two appliances. Peers are upgraded together unless a call says `local` (section 9.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    source: String,
    cloud: String,
}

impl Pair {
    /// One that is there and healthy.
    pub(crate) fn new(version: Versions, switch: &str) -> Self {
        Pair { version, up: true, switch: switch.to_owned(), committed: true, under_way: None }
    }

    /// One that is being deployed.
    pub(crate) fn deploying(version: Versions, switch: &str) -> Self {
        Pair { up: false, committed: false, ..Pair::new(version, switch) }
    }

    /// Whether it carries traffic now.
    pub(crate) fn is_up(&self) -> bool {
        self.up && !self.under_way.is_some_and(|it| it.interrupts)
    }
}

impl Versions {
    pub(crate) fn new(scene: &VersionScene) -> Self {
        match scene {
            VersionScene::Both(version) => Versions::of(version, version),
            VersionScene::Each { source, cloud } => Versions::of(source, cloud),
        }
    }

    pub(crate) fn of(source: &str, cloud: &str) -> Self {
        Versions { source: source.to_owned(), cloud: cloud.to_owned() }
    }

    pub(crate) fn at(&self, site: Site) -> &str {
        match site {
            Site::Source => &self.source,
            Site::Cloud => &self.cloud,
        }
    }

    /// Whether one of the two is older than that.
    pub(crate) fn is_below(&self, least: &[u32]) -> bool {
        [&self.source, &self.cloud].into_iter().any(|it| numbers(it).as_slice() < least)
    }

    pub(crate) fn set(&mut self, site: Site, version: &str) {
        match site {
            Site::Source => version.clone_into(&mut self.source),
            Site::Cloud => version.clone_into(&mut self.cloud),
        }
    }
}

/// As an operator says it: one version when the two are alike.
impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.source)?;
        if self.source == self.cloud { Ok(()) } else { write!(f, " and {}", self.cloud) }
    }
}

/// The numbers of a version, which compare as versions do.
pub(crate) fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|n| n.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Versions, numbers};
    use crate::http::Site;

    #[test]
    fn versions_compare_by_their_numbers() {
        assert!(numbers("4.9.0") < numbers("4.11.1") && numbers("4.11") < numbers("4.11.1"));
        let mut versions = Versions::of("4.11.1", "4.2.9");
        assert!(versions.is_below(&[4, 3, 0]));
        assert_eq!(versions.to_string(), "4.11.1 and 4.2.9");
        versions.set(Site::Cloud, "4.11.1");
        assert!(!versions.is_below(&[4, 3, 0]));
        assert_eq!(versions.to_string(), "4.11.1");
    }
}
