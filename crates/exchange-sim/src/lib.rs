//! A simulated Exchange Server on loopback, an independent witness.
