//! What the shared library is linked with.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The number is that of the C ABI, not of the crate (see DESIGN.md).
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libparticipants.so.0");
        // A look-up of a name that takes longer than the call that asked goes on, on a thread that dlclose() must not
        // take the code from.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
