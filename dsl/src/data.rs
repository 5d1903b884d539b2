//! Documents of data that a user gives: what their parts are called, and where these stand in the text.

mod path;
mod places;
mod table;
mod walk;

pub use path::{DataPath, Part};
pub use places::{Place, Places};
