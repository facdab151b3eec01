//! Dumps for programs.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde_json::json;

use crate::support::{Env, args, pattern};

#[test]
fn bytes_are_in_base64_with_where_they_are() {
    let env = Env::new();
    env.file("f", b"hello, world");
    for format in [&[][..], &["-f", "raw"]] {
        let run = env
            .cmd(["dump", "f", "--json", "-o", "7"])
            .args(format)
            .run();
        assert_eq!(
            run.ok().json(),
            json!({
                "source": "file",
                "path": "f",
                "offset": 7,
                "data_base64": "d29ybGQ=",
                "length": 5,
                "complete": true,
            })
        );
    }
    let empty = env.run(["dump", "f", "--json", "-n", "0"]).ok().json();
    assert_eq!(
        (&empty["data_base64"], &empty["length"]),
        (&json!(""), &json!(0))
    );
}

#[test]
fn a_large_range_is_one_line_of_base64() {
    let env = Env::new();
    let bytes = pattern(1_000_001);
    env.file("f", &bytes);
    let run = env.run(["dump", "f", "--json"]);
    let object = run.ok().json();
    let decode = env
        .tool("base64", ["-d"])
        .stdin(object["data_base64"].as_str().unwrap())
        .run();
    decode.ok().stdout(&bytes);
    assert_eq!(run.out_text().lines().count(), 1);
}

#[test]
fn numbers_are_an_array() {
    let env = Env::new();
    env.file("f", [1, 2, 3, 4, 255, 255, 255, 255]);
    let values = |kind: &str| {
        let run = env.run(["dump", "f", "--json", "-f", "values", "--type", kind]);
        run.ok().json()["values"].clone()
    };
    assert_eq!(values("u8"), json!([1, 2, 3, 4, 255, 255, 255, 255]));
    assert_eq!(values("i8"), json!([1, 2, 3, 4, -1, -1, -1, -1]));
    assert_eq!(values("u16be"), json!([258, 772, 65535, 65535]));
    assert_eq!(values("u32"), json!([67_305_985, 4_294_967_295_u32]));
    let floats = env
        .run(["dump", "f", "--json", "-f", "values", "--type", "f32"])
        .ok()
        .json();
    assert_eq!(floats["values"][1], "NaN");
}

#[test]
fn what_is_missing_makes_it_incomplete() {
    let env = Env::new();
    env.file("f", b"abc");
    let run = env.run(["dump", "f", "--json", "-n", "5"]);
    run.code(5).stdout("");
    assert_eq!(
        std::fs::read(env.path("out")).unwrap().len(),
        204,
        "it is left as it was"
    );
}

#[test]
fn names_that_are_not_utf8_are_in_base64() {
    let env = Env::new();
    let odd = OsStr::from_bytes(b"a\xffb");
    env.file(odd, b"x");
    let object = env.run(args!["dump", odd, "--json"]).ok().json();
    assert_eq!(
        (&object["path_base64"], &object["path"]),
        (&json!("Yf9i"), &json!(null))
    );
}
