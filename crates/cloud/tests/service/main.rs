//! The service and the key service, asked over real sockets.

mod asking;
mod both;
mod connections;
mod deploy;
mod feed;
mod ids;
mod keys;
mod letters;
mod limits;
mod master;
mod matrix;
mod on_postgres;
mod others;
mod postgres;
#[path = "../../../vault/tests/postgres_server/mod.rs"]
mod postgres_server;
mod stage;
mod store;
mod time;
mod wiring;
