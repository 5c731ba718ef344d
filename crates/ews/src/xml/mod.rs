//! XML as EWS uses it: a pull reader that knows the namespaces, and a writer.

pub(crate) mod reader;
pub(crate) mod writer;
