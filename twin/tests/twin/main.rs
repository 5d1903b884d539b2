//! What the twin does, in virtual time; only the server is tried over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod alerts;
mod appliances;
mod capture;
mod conformance;
mod contract;
mod driver;
mod extensions;
mod faults;
mod group_work;
mod groups;
mod inventory;
mod lag;
mod managers;
mod mesh_trouble;
mod meshes;
mod migrations;
mod mobility;
mod older_client;
mod paging;
mod scenes;
mod segments;
mod server;
mod sessions;
mod switches;
mod tasks;
mod transitions;
mod walk;
mod worlds;
