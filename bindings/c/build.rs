//! What the shared library is linked with. The numbers are those of the C ABI, not of the crate (see DESIGN.md).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            link_with("-Wl,-soname,libparticipants.so.0");
            // A name look-up may outlive its call; dlclose() must not unmap the code of its thread. Elsewhere
            // src/loaded.rs keeps it.
            link_with("-Wl,-z,nodelete");
        }
        Ok("macos") => {
            // Without it, programs would look for the library in the folder where it was built.
            link_with("-Wl,-install_name,@rpath/libparticipants.0.dylib");
            // Packagers may put a longer name in its place.
            link_with("-Wl,-headerpad_max_install_names");
        }
        // The same sources give the same bytes.
        Ok("windows") if std::env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu") => {
            link_with("-Wl,--no-insert-timestamp");
        }
        _ => {}
    }
}

fn link_with(argument: &str) {
    println!("cargo::rustc-cdylib-link-arg={argument}");
}
