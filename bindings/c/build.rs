//! What the shared library is linked with.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The number is that of the C ABI, not of the crate (see DESIGN.md).
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libparticipants.so.0");
        // A name look-up may outlive its call; dlclose() must not unmap the code of its thread.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
