//! What a device that was added keeps secret.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use vault::{
    hybrid::{enrolment::PublicKeys, passport::SignKey, sealing::OpenKey, wire::Bytes},
    opaque::OpaqueId,
    sensitive::Sensitive,
};
use zeroize::Zeroizing;

/// A device that was added. It belongs into the system's keyring.
#[derive(Debug)]
pub struct Device {
    /// The organization.
    pub organization: OpaqueId,
    /// The mailbox.
    pub mailbox: OpaqueId,
    /// The device's id.
    pub device: OpaqueId,
    /// Proves who asks.
    pub sign: SignKey,
    /// Opens what is sealed to the device.
    pub open: OpenKey,
    /// The public key by which the key service's answers are known.
    pub key_service: [u8; 32],
    /// The key service's address.
    pub keys_url: String,
    /// The connector's public keys, which the code has proven.
    pub connector: PublicKeys,
}

/// What the keyring has is no device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("The keyring's entry is no key of a device; add the account again")]
pub struct NoDevice;

/// The form in the keyring.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    organization: OpaqueId,
    mailbox: OpaqueId,
    device: OpaqueId,
    sign: Bytes,
    open: Bytes,
    key_service: Bytes,
    keys_url: String,
    connector: PublicKeys,
}

impl Device {
    /// As text for a keyring.
    pub fn write(&self) -> Sensitive<String> {
        let written = Written {
            organization: self.organization,
            mailbox: self.mailbox,
            device: self.device,
            sign: Bytes(self.sign.expose().to_vec()),
            open: Bytes(self.open.expose().to_vec()),
            key_service: Bytes(self.key_service.to_vec()),
            keys_url: self.keys_url.clone(),
            connector: self.connector,
        };
        // Texts and bytes always have a JSON form.
        let text = serde_json::to_string(&written).unwrap_or_default();
        let _forgotten = [
            Zeroizing::new(written.sign.0),
            Zeroizing::new(written.open.0),
        ];
        Sensitive::new(text)
    }

    /// From a keyring's text.
    pub fn read(text: &Sensitive<String>) -> Result<Self, NoDevice> {
        let written: Written = serde_json::from_str(text.expose()).map_err(|_| NoDevice)?;
        let sign = Zeroizing::new(written.sign.0);
        let open = Zeroizing::new(written.open.0);
        let sign = <&[u8; 32]>::try_from(sign.as_slice()).map_err(|_| NoDevice)?;
        let open = <&[u8; 32]>::try_from(open.as_slice()).map_err(|_| NoDevice)?;
        Ok(Self {
            organization: written.organization,
            mailbox: written.mailbox,
            device: written.device,
            sign: SignKey::from_bytes(sign),
            open: OpenKey::from_bytes(*open),
            key_service: <[u8; 32]>::try_from(written.key_service.0).map_err(|_| NoDevice)?,
            keys_url: written.keys_url,
            connector: written.connector,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_comes_out_of_the_keyring_as_it_went_in() {
        let device = Device {
            organization: OpaqueId::random(),
            mailbox: OpaqueId::random(),
            device: OpaqueId::random(),
            sign: SignKey::generate(),
            open: OpenKey::generate(),
            key_service: [7; 32],
            keys_url: "https://keys.example.org:8444".to_owned(),
            connector: PublicKeys {
                signing: [8; 32],
                sealing: [9; 32],
            },
        };
        let text = device.write();
        let again = Device::read(&text).unwrap();
        assert_eq!(again.write().expose(), text.expose());
        assert_eq!(again.sign.public(), device.sign.public());
        // Windows' credentials hold no more than 2560 bytes.
        assert!(text.expose().len() < 1000, "{}", text.expose().len());
        for broken in ["", "secret", "{}", &text.expose().replace("sign", "sing")] {
            assert!(Device::read(&Sensitive::new(broken.to_owned())).is_err());
        }
    }
}
