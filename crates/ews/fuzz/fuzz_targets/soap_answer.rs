#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ews::fuzz::soap_answer(bytes));
