//! The service record over real UDP, from a name server on loopback.

use std::net::SocketAddr;

use ews::autodiscover::{Dns as _, NameServers};
use hickory_resolver::proto::{
    op::{Message, MessageType, ResponseCode},
    rr::{RData, Record, RecordType, rdata::SRV},
    serialize::binary::{BinDecodable as _, BinEncodable as _},
};
use tokio::net::UdpSocket;

const NAME: &str = "_autodiscover._tcp.example.org";

/// Answers each question for `NAME` with these targets; gives the names asked.
async fn serve(socket: UdpSocket, targets: &'static [(u16, &'static str)]) {
    let mut buffer = [0; 512];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let Ok(request) = Message::from_bytes(&buffer[..length]) else {
            continue;
        };
        let mut reply = Message::new(
            request.metadata.id,
            MessageType::Response,
            request.metadata.op_code,
        );
        reply.metadata.recursion_available = true;
        for query in &request.queries {
            reply.add_query(query.clone());
            let asked = query.name().to_ascii().to_lowercase();
            if asked.trim_end_matches('.') != NAME || query.query_type() != RecordType::SRV {
                reply.metadata.response_code = ResponseCode::NXDomain;
                continue;
            }
            for (priority, target) in targets {
                let srv = SRV::new(*priority, 0, 443, target.parse().unwrap());
                let record = Record::from_rdata(query.name().clone(), 60, RData::SRV(srv));
                reply.add_answer(record);
            }
        }
        let bytes = reply.to_bytes().unwrap();
        socket.send_to(&bytes, from).await.unwrap();
    }
}

async fn name_server(targets: &'static [(u16, &'static str)]) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(serve(socket, targets));
    address
}

#[tokio::test]
async fn service_records_are_read_from_a_name_server() {
    let server = name_server(&[(20, "b.example.org."), (10, "a.example.org.")]).await;
    let mut records = NameServers::at(server).srv(NAME).await;
    records.sort_by_key(|record| record.priority);
    let read: Vec<_> = records
        .iter()
        .map(|record| (record.priority, record.port, record.target.as_str()))
        .collect();
    assert_eq!(
        read,
        [(10, 443, "a.example.org."), (20, 443, "b.example.org.")]
    );
}

#[tokio::test]
async fn a_name_without_records_has_none() {
    let server = name_server(&[]).await;
    let records = NameServers::at(server)
        .srv("_autodiscover._tcp.example.com")
        .await;
    assert!(records.is_empty());
}
