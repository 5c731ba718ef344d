//! Reading one GetItem answer of 1,000 meetings with 8 attendees and bodies of
//! 3 kB, beside the bare reader below it, which does nothing with what it
//! reads. `bench/run` compares both with exchangelib on the same bytes.

#![expect(clippy::expect_used, reason = "a bench ends where a step fails")]

mod get_item;

use std::{fs, hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ews::{
    item::{ItemId, Property},
    operation::{Bodies, Detail, GetItem},
    soap,
};
use quick_xml::{NsReader, events::Event};

const ITEMS: usize = 1_000;
fn operation() -> GetItem {
    GetItem {
        ids: vec![ItemId("a".to_owned()).into()],
        bodies: Bodies::Stored,
        detail: Detail::Meeting,
        extended: vec![Property::clean_global_object_id()],
    }
}

/// Events with their namespaces, and the start of each tag's name.
fn bare(document: &str) -> usize {
    let mut reader = NsReader::from_str(document);
    let mut elements = 0;
    loop {
        match reader.read_resolved_event().expect("well-formed").1 {
            Event::Start(start) => elements += black_box(start.local_name().as_ref().len()).min(1),
            Event::Eof => return elements,
            event => {
                black_box(event);
            }
        }
    }
}

fn parse(c: &mut Criterion) {
    let document = get_item::answer(ITEMS);
    let read = soap::answer(&operation(), &document).expect("readable");
    let items = read.expect("no fault");
    assert_eq!(items.iter().flatten().count(), ITEMS);
    // For the peers, which read the same bytes.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("get_item.xml"), &document).expect("a file");
    let mut group = c.benchmark_group("get_item_of_1000");
    group.throughput(Throughput::Bytes(document.len() as u64));
    group.sample_size(30);
    group.bench_function("joinbell", |b| {
        b.iter(|| soap::answer(&operation(), black_box(&document)));
    });
    group.bench_function("bare_reader", |b| b.iter(|| bare(black_box(&document))));
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
