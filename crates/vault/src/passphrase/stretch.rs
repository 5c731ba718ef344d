//! From a passphrase to a key: Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use super::NotOpened;
use crate::key::{KEY_BYTES, Key};

/// Bytes of a salt.
pub(super) const SALT_BYTES: usize = 16;

/// What one guess costs. It stands in the file, so that later versions can
/// ask for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// The second recommendation of RFC 9106, section 4.
    pub const USUAL: Self = Self {
        memory: 64 * 1024,
        passes: 3,
        lanes: 4,
    };

    /// The most that is run: whoever can write to the file must not be able to
    /// take a computer's memory away, or its processor for minutes.
    const MOST: Self = Self {
        memory: 1024 * 1024,
        passes: 8,
        lanes: 16,
    };

    /// Whether it is enough and not too much.
    pub(super) fn is_fair(self) -> bool {
        (Self::USUAL.memory..=Self::MOST.memory).contains(&self.memory)
            && (Self::USUAL.passes..=Self::MOST.passes).contains(&self.passes)
            && (1..=Self::MOST.lanes).contains(&self.lanes)
    }
}

/// The key of a passphrase. Takes a second and the memory that `cost` says.
pub(super) fn stretch(
    passphrase: &str,
    salt: &[u8; SALT_BYTES],
    cost: Cost,
) -> Result<Key, NotOpened> {
    if !cost.is_fair() {
        return Err(NotOpened::Cost);
    }
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(KEY_BYTES));
    let params = params.map_err(|_| NotOpened::Cost)?;
    // The library's own memory would not be wiped.
    let mut memory: Zeroizing<Vec<Block>> = Zeroizing::default();
    memory
        .try_reserve_exact(params.block_count())
        .map_err(|_| NotOpened::Memory)?;
    memory.resize_with(params.block_count(), Block::new);
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            passphrase.as_bytes(),
            salt,
            bytes.as_mut_slice(),
            memory.as_mut_slice(),
        )
        .map_err(|_| NotOpened::Cost)?;
    Key::from_bytes(bytes.as_slice()).ok_or(NotOpened::Cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(memory: u32, passes: u32, lanes: u32) -> Cost {
        Cost {
            memory,
            passes,
            lanes,
        }
    }

    /// From the reference implementation, by argon2-cffi:
    /// `low_level.hash_secret_raw(b"correct horse battery", bytes(range(16)),
    /// 3, 65536, 4, 32, low_level.Type.ID)`.
    #[test]
    fn sr_09_the_key_of_a_passphrase_is_that_of_the_reference_implementation() {
        let salt: [u8; SALT_BYTES] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let key = stretch("correct horse battery", &salt, Cost::USUAL).unwrap();
        let digits = key.expose().iter().map(|byte| format!("{byte:02x}"));
        assert_eq!(
            digits.collect::<String>(),
            "5995fc5ddabdb7f10fae2ad796270c269821d70b0efb8fb60262a81f1b6f0eb8"
        );
    }

    #[test]
    fn sr_09_parameters_out_of_range_are_refused_before_they_are_run() {
        for bad in [
            cost(0, 3, 4),
            cost(64 * 1024 - 1, 3, 4),
            cost(64 * 1024, 2, 4),
            cost(64 * 1024, 3, 0),
            cost(64 * 1024, 3, 17),
            cost(64 * 1024, 9, 4),
            cost(1024 * 1024 + 1, 3, 4),
            cost(u32::MAX, u32::MAX, u32::MAX),
        ] {
            let refused = stretch("correct horse battery", &[7; SALT_BYTES], bad);
            assert_eq!(refused.err(), Some(NotOpened::Cost), "{bad:?}");
        }
    }
}
