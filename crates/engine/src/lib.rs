//! Keeps a plaintext agenda in step with a back end.

pub mod clock;
