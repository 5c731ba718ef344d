//! The tables. Written once, in words that both kinds of database have; only
//! the types differ.

/// `blob` and `number` stand for the types of either kind.
pub(super) const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS key_box (
       organization TEXT NOT NULL,
       mailbox TEXT NOT NULL,
       sealed <blob> NOT NULL,
       PRIMARY KEY (organization, mailbox)
     )",
    "CREATE TABLE IF NOT EXISTS head (
       organization TEXT NOT NULL,
       mailbox TEXT NOT NULL,
       series <blob> NOT NULL,
       sealed <blob> NOT NULL,
       PRIMARY KEY (organization, mailbox, series)
     )",
    "CREATE TABLE IF NOT EXISTS record (
       organization TEXT NOT NULL,
       mailbox TEXT NOT NULL,
       series <blob> NOT NULL,
       record <blob> NOT NULL,
       sealed <blob> NOT NULL,
       expires <number>,
       PRIMARY KEY (organization, mailbox, series, record)
     )",
];

/// In the order in which SQLite needs them.
pub(super) const PRAGMAS: [&str; 6] = [
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA busy_timeout = 5000",
];

/// A statement in SQLite's words.
pub fn sqlite(statement: &str) -> String {
    format!("{} STRICT", typed(statement, "BLOB", "INTEGER"))
}

/// A statement in PostgreSQL's words.
pub fn postgres(statement: &str) -> String {
    typed(statement, "BYTEA", "BIGINT")
}

fn typed(statement: &str, blob: &str, number: &str) -> String {
    statement
        .replace("<blob>", blob)
        .replace("<number>", number)
}

/// What lets `role` at its rows and at no others.
pub(super) fn security(role: &str) -> Vec<String> {
    ["key_box", "head", "record"]
        .iter()
        .flat_map(|table| secured(table, role))
        .collect()
}

/// Forces row-level security on a table with a column `organization`, also on
/// its owner, and grants the rows to `role`.
pub fn secured(table: &str, role: &str) -> Vec<String> {
    let role = role.replace('"', "\"\"");
    let own = "organization = current_setting('joinbell.organization', true)";
    vec![
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
        format!("DROP POLICY IF EXISTS own_organization ON {table}"),
        format!("CREATE POLICY own_organization ON {table} USING ({own}) WITH CHECK ({own})"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO \"{role}\""),
    ]
}
