//! Makes the program's file small where it is read at each start.

mod relocations;

fn main() {
    println!("cargo:rerun-if-changed=relocations.rs");
    relocations::pack();
}
