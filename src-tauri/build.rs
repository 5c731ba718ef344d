//! Tells tauri-build where the capabilities are: not in `./capabilities`.

fn main() {
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        // A build script can only stop the build.
        panic!("tauri-build refused the configuration: {error:#}");
    }
}
