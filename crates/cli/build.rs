//! Makes the program's file small where it is read at each start.

#[path = "../../tools/relocations.rs"]
mod relocations;

fn main() {
    println!("cargo:rerun-if-changed=../../tools/relocations.rs");
    relocations::pack();
}
