//! Sealing again under a newer data key (SR-05).

use crate::{
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow},
    vault::{ATTEMPTS, Place, Vault, VaultError},
};

/// Seals what is sealed with an older key with the newest one. The
/// revisions stay, so the manifest does.
pub(crate) async fn seal_again(vault: &Vault, series: BlindId) -> Result<(), VaultError> {
    for _ in 0..ATTEMPTS {
        vault.read_keys().await?;
        let turn = vault.turn();
        let sealed = vault.store.read(series).await?;
        let Some(head) = sealed.head.as_deref() else {
            return Ok(());
        };
        // What is beside a record was sealed with the record's key.
        let spent = vault.spend(2 * sealed.rows.len() as u64 + 1).await?;
        let mut is_passed_over = false;
        let mut again = |place: &Place, blob: &[u8]| {
            let Some((outside, plain)) = vault.open_blob(place, blob) else {
                is_passed_over = true;
                return None;
            };
            (outside.key != spent.key)
                .then(|| vault.seal(spent.key, outside.revision, place, &plain))?
        };
        let put: Vec<SealedRow> = sealed
            .rows
            .iter()
            .filter_map(|row| {
                let blob = again(&Place::record(series, row.record, row.expires), &row.blob)?;
                Some(SealedRow {
                    record: row.record,
                    expires: row.expires,
                    blob,
                })
            })
            .collect();
        let mut beside = Vec::new();
        for row in &put {
            let Some(blob) = vault.store.beside(series, row.record).await? else {
                continue;
            };
            // What does not open is as good as gone; it is fetched again.
            beside.extend(
                again(&Place::beside(series, row.record), &blob).map(|blob| (row.record, blob)),
            );
        }
        let new_head = again(&Place::head(series), head);
        if is_passed_over && vault.turn() != turn {
            // The keys have changed meanwhile: it may open with those.
            continue;
        }
        if put.is_empty() && new_head.is_none() {
            return Ok(());
        }
        let batch = SealedBatch {
            series,
            keys: spent.keys,
            after: sealed.tag(),
            replace: Replace::Nothing,
            put,
            beside,
            delete: Vec::new(),
            head: new_head.unwrap_or_else(|| head.to_vec()),
        };
        if vault.store.commit(batch).await? == Outcome::Done {
            return Ok(());
        }
    }
    Err(VaultError::Contended)
}
