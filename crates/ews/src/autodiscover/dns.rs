//! The service record that names a domain's Autodiscover server.
//! Reference: RFC 2782; "Autodiscover for Exchange" (MS-OXDISCO §3.1.5.4).

use std::{future::Future, net::SocketAddr, pin::Pin, time::Duration};

use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};

/// One name's time, repetitions counted.
const WITHIN: Duration = Duration::from_secs(5);
/// Targets that are looked at; real domains have one.
pub(super) const TARGETS_MAX: usize = 4;

/// A service record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// The lowest is tried first.
    pub priority: u16,
    /// The share of clients among records of the same priority.
    pub weight: u16,
    /// TCP port.
    pub port: u16,
    /// Host.
    pub target: String,
}

/// Records on their way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Vec<Srv>> + Send + 'a>>;

/// Answers questions for service records.
pub trait Dns: Send + Sync + 'static {
    /// The records of `name`, in any order; none when there are none or nobody
    /// answers. A record is a hint that anybody on the way may have written:
    /// no credential follows from it alone.
    fn srv<'a>(&'a self, name: &'a str) -> Answering<'a>;
}

/// The name servers that this computer is set up with, or named ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct NameServers {
    at: Option<SocketAddr>,
}

impl NameServers {
    /// One name server, asked over UDP and TCP.
    pub fn at(address: SocketAddr) -> Self {
        Self { at: Some(address) }
    }

    fn resolver(self) -> Option<TokioResolver> {
        let builder = match self.at {
            None => TokioResolver::builder_tokio().ok()?,
            Some(at) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                let connections = connections.map(|mut connection| {
                    connection.port = at.port();
                    connection
                });
                let server = NameServerConfig::new(at.ip(), true, connections.into());
                Resolver::builder_with_config(
                    ResolverConfig::from_name_servers(vec![server]),
                    TokioRuntimeProvider::default(),
                )
            }
        };
        builder.build().ok()
    }
}

impl Dns for NameServers {
    fn srv<'a>(&'a self, name: &'a str) -> Answering<'a> {
        Box::pin(async move {
            let Some(resolver) = self.resolver() else {
                return Vec::new();
            };
            // The dot at the end keeps search domains out of it.
            let absolute = format!("{}.", name.trim_end_matches('.'));
            let asked = tokio::time::timeout(WITHIN, resolver.srv_lookup(absolute));
            let Ok(Ok(lookup)) = asked.await else {
                return Vec::new();
            };
            let records = lookup.answers().iter().filter_map(|record| {
                let RData::SRV(srv) = &record.data else {
                    return None;
                };
                Some(Srv {
                    priority: srv.priority,
                    weight: srv.weight,
                    port: srv.port,
                    target: srv.target.to_ascii(),
                })
            });
            records.collect()
        })
    }
}

/// The name of the record of a domain.
pub(super) fn name(domain: &str) -> String {
    format!("_autodiscover._tcp.{domain}")
}

/// The records in the order in which they are tried: lowest priority first,
/// then the heaviest. A draw by weight (RFC 2782) would spread clients, but
/// all targets are tried here anyway, and the same way each time is easier to
/// find fault with. A target of `.` says that there is no such service.
pub(super) fn in_order(mut records: Vec<Srv>) -> Vec<Srv> {
    for record in &mut records {
        record.target = record.target.trim_end_matches('.').to_lowercase();
    }
    records.retain(|record| !record.target.is_empty() && record.port != 0);
    records.sort_by_key(|record| (record.priority, u16::MAX - record.weight));
    records.truncate(TARGETS_MAX);
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, weight: u16, target: &str) -> Srv {
        Srv {
            priority,
            weight,
            port: 443,
            target: target.to_owned(),
        }
    }

    #[test]
    fn quirk_53_the_lowest_priority_of_service_records_comes_first() {
        let records = vec![
            srv(20, 0, "late.example.org."),
            srv(5, 10, "light.example.org"),
            srv(5, 90, "HEAVY.example.org."),
            srv(0, 0, "."),
        ];
        let targets: Vec<_> = in_order(records).into_iter().map(|r| r.target).collect();
        assert_eq!(
            targets,
            ["heavy.example.org", "light.example.org", "late.example.org"]
        );
    }

    #[test]
    fn no_more_than_a_few_targets_are_looked_at() {
        let many = (0..500)
            .map(|number| srv(number, 0, "a.example.org"))
            .collect();
        assert_eq!(in_order(many).len(), TARGETS_MAX);
    }
}
