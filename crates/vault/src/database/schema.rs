//! The tables. Written once; only the types differ.

/// A table, in words that both kinds of database have; `<blob>` and `<number>`
/// stand for their types.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What stands between the brackets.
    pub columns: &'static str,
    /// Whose rows are to be seen.
    pub rows: Rows,
}

/// Whose rows of a table are to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Those of one organization at a time, by a column `organization`.
    OfOrganization,
    /// All: they hold nothing of anybody.
    OfAll,
}

/// Sealed records, their heads and key boxes.
pub const RECORDS: [Table; 3] = [
    Table {
        name: "key_box",
        rows: Rows::OfOrganization,
        columns: "organization TEXT NOT NULL,
       mailbox TEXT NOT NULL,
       sealed <blob> NOT NULL,
       PRIMARY KEY (organization, mailbox)",
    },
    Table {
        name: "head",
        rows: Rows::OfOrganization,
        columns: "organization TEXT NOT NULL,
       mailbox TEXT NOT NULL,
       series <blob> NOT NULL,
       sealed <blob> NOT NULL,
       PRIMARY KEY (organization, mailbox, series)",
    },
    Table {
        name: "record",
        rows: Rows::OfOrganization,
        columns: "organization TEXT NOT NULL,
       mailbox TEXT NOT NULL,
       series <blob> NOT NULL,
       record <blob> NOT NULL,
       sealed <blob> NOT NULL,
       expires <number>,
       PRIMARY KEY (organization, mailbox, series, record)",
    },
];

/// How long a writer waits for another program's.
pub(super) const PATIENCE: &str = "PRAGMA busy_timeout = 5000";

/// In the order in which SQLite needs them.
pub(super) const PRAGMAS: [&str; 6] = [
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    PATIENCE,
];

impl Table {
    pub(super) fn in_sqlite(&self) -> String {
        let columns = typed(self.columns, "BLOB", "INTEGER");
        format!(
            "CREATE TABLE IF NOT EXISTS {} ({columns}) STRICT",
            self.name
        )
    }

    /// Makes the table, forces row-level security on it, also on its owner,
    /// and grants the rows to `role`.
    pub(super) fn in_postgres(&self, role: &str) -> Vec<String> {
        let (table, role) = (self.name, role.replace('"', "\"\""));
        let columns = typed(self.columns, "BYTEA", "BIGINT");
        let mut statements = vec![format!("CREATE TABLE IF NOT EXISTS {table} ({columns})")];
        if self.rows == Rows::OfOrganization {
            let own = "organization = current_setting('joinbell.organization', true)";
            statements.extend([
                format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
                format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
                format!("DROP POLICY IF EXISTS own_organization ON {table}"),
                format!(
                    "CREATE POLICY own_organization ON {table} USING ({own}) WITH CHECK ({own})"
                ),
            ]);
        }
        statements.push(format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO \"{role}\""
        ));
        statements
    }
}

fn typed(columns: &str, blob: &str, number: &str) -> String {
    columns.replace("<blob>", blob).replace("<number>", number)
}
