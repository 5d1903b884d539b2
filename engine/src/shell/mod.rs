//! The shell: it performs what the core decides, through three ports, and writes down what happened before anything
//! else rests on it: append, apply, publish, perform.

mod clock;
mod drive;
mod http;
mod ports;
mod sessions;

pub use clock::{RealClock, VirtualClock};
pub use drive::{DriveError, Driver, Ended};
pub use http::{HttpTransport, Server, ServerError};
pub use ports::{Broken, Clock, LocalFuture, People, Transport, Wire, WireAnswer};
pub(crate) use sessions::Headers;
pub use sessions::{SystemConfig, Systems};
