//! Gives the shared library its soname. The number is that of the C ABI, not of the crate (see DESIGN.md).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libparticipants.so.0");
    }
}
