//! Exchange Web Services: codec, discovery, authentication, connections.
