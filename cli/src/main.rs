//! The program `hcxrun`.
fn main() {}
