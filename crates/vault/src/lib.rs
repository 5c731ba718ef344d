//! Keys, sealed records and where they rest.
