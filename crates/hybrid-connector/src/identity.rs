//! The connector's own keys, in a file that is its owner's alone.

use std::{fs, io::Write as _, path::Path};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use vault::{
    hybrid::{enrolment::PublicKeys, passport::SignKey, sealing::OpenKey},
    opaque::OpaqueId,
};

use crate::config::{ConfigError, secret};

/// The connector's own keys.
#[derive(Debug)]
pub struct Identity {
    sign: [u8; 32],
    open: OpenKey,
}

impl Identity {
    /// Reads the file, and makes it where there is none.
    pub fn read_or_make(path: &Path) -> Result<Self, ConfigError> {
        if !path.exists() {
            let failed =
                |error: std::io::Error| ConfigError::Unreadable(path.to_owned(), error.kind());
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path).map_err(failed)?;
            file.write_all(SignKey::generate().expose())
                .map_err(failed)?;
            file.write_all(OpenKey::generate().expose())
                .map_err(failed)?;
            file.sync_all().map_err(failed)?;
        }
        let bytes = secret(path)?;
        let invalid =
            || ConfigError::Invalid(path.to_owned(), "it holds no keys of 64 bytes".to_owned());
        let (sign, open) = bytes.expose().split_at_checked(32).ok_or_else(invalid)?;
        Ok(Self {
            sign: sign.try_into().map_err(|_| invalid())?,
            open: OpenKey::from_bytes(open.try_into().map_err(|_| invalid())?),
        })
    }

    /// The signing key.
    pub fn sign(&self) -> SignKey {
        SignKey::from_bytes(&self.sign)
    }

    /// The key that opens what is sealed to the connector.
    pub fn open(&self) -> &OpenKey {
        &self.open
    }

    /// The public halves.
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            signing: self.sign().public(),
            sealing: self.open.public(),
        }
    }

    /// The id by which the service knows the mailbox of an address: a keyed
    /// hash, so that who knows addresses finds no mailbox by them.
    pub fn mailbox(&self, address: &str) -> OpaqueId {
        let mut id = [0; 16];
        // HMAC takes keys of every length.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.sign) {
            mac.update(b"joinbell mailbox id 1");
            mac.update(address.trim().to_lowercase().as_bytes());
            id.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        OpaqueId(id)
    }
}
