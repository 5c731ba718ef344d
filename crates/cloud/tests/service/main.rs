//! The service and the key service, asked over real sockets.

mod asking;
mod both;
mod connections;
mod deploy;
mod feed;
mod full;
mod ids;
mod keys;
mod late;
mod letters;
mod limits;
mod master;
mod matrix;
mod on_postgres;
mod others;
mod postgres;
#[path = "../../../vault/tests/postgres_server/mod.rs"]
mod postgres_server;
mod small_disk;
mod stage;
mod store;
mod time;
mod wiring;
