//! Names that the journal, the plan and the terminal share.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// From its text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// As a text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// As a shared text.
            pub fn shared(&self) -> Arc<str> {
                Arc::clone(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// One step, one instance of a fan-out, or one gate: `scale`, `extend["vlan30"]`.
    // A text and not a number: it is the key in the journal, and it must mean the same after a resume.
    NodeId
}

name! {
    /// A run.
    RunId
}

name! {
    /// A phase.
    PhaseName
}

impl NodeId {
    /// An instance of a fan-out.
    pub fn instance(step: &str, key: &str) -> Self {
        Self::new(format!("{step}[\"{key}\"]"))
    }
}
