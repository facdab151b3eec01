#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mmapctl_fuzz::glob::check(data));
