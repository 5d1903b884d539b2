//! Compiles the parser.

fn main() {
    println!("cargo:rerun-if-changed=src/parser.c");
    // The generated code leaves some of its arguments alone.
    cc::Build::new()
        .std("c11")
        .include("src")
        .file("src/parser.c")
        .flag_if_supported("-Wno-unused")
        .compile("tree-sitter-hcxrun");
}
