//! A Tauri window with one sentence in it and nothing behind it: what Joinbell
//! is measured beside (`bench/shell`).

use tauri::{
    WebviewUrl, WebviewWindowBuilder,
    http::{Response, header::CONTENT_TYPE},
};

/// The ground has a colour of its own, by which the bench sees the paint.
const PAGE: &str = "<!doctype html><title>Bare</title>\
    <body style=\"margin:0;background:#12805c\"><p>Hello</p>";

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("bare", |_context, _request| {
            let page = Response::builder().header(CONTENT_TYPE, "text/html");
            page.body(PAGE.as_bytes().to_vec()).unwrap_or_default()
        })
        .setup(|app| {
            let page = "bare://localhost/"
                .parse()
                .map_err(|error| format!("{error}"))?;
            WebviewWindowBuilder::new(app, "bare", WebviewUrl::CustomProtocol(page))
                .title("Bare")
                .inner_size(408.0, 640.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
