//! Who may call what. A program's router is made from its table of these, so
//! there is no route without a line in it.

use axum::{
    http::Method,
    routing::{MethodRouter, on},
};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum May {
    /// Anybody; strangers have one limit for each address and one for each
    /// organization.
    Anybody,
    /// Whoever knows the random id in the path, which nobody else was told.
    Knower,
    /// The organization's connector.
    Connector,
    /// A device of the mailbox in the path.
    Device,
    /// A device of the mailbox in the path, and the connector. Where the path
    /// has the space of the whole organization, each of its devices.
    Both,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may.
    pub may: May,
    /// Whether the same request may come again.
    pub again: Again,
}

/// Whether a request that was answered may come a second time as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Again {
    /// It does nothing twice, and is little work.
    Answered,
    /// It has a random number in it, so its sender makes another one; who
    /// repeats it is somebody else.
    Refused,
}

/// A route with what answers it.
pub struct Entry<S> {
    /// The line.
    pub route: Route,
    /// What answers.
    pub answer: MethodRouter<S>,
}

impl<S> Entry<S> {
    /// The same, where the same request is answered once.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.route.again = Again::Refused;
        self
    }
}

/// A line for a handler.
pub fn entry<H, T, S>(method: &Method, path: &'static str, may: May, handler: H) -> Entry<S>
where
    H: axum::handler::Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let filter = axum::routing::MethodFilter::try_from(method.clone());
    let filter = filter.unwrap_or(axum::routing::MethodFilter::GET);
    Entry {
        route: Route {
            method: method.clone(),
            path,
            may,
            again: Again::Answered,
        },
        answer: on(filter, handler),
    }
}
