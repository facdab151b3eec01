//! Bytes to text, over any [`std::io::Write`]; pure: no files, no mappings, no terminals, no clap.
