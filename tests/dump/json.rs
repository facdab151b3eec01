//! Dumps in JSON.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde_json::json;

use crate::support::{Env, args, pattern};

#[test]
fn bytes_are_in_base64_with_their_range() {
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
fn missing_bytes_make_the_object_incomplete() {
    let env = Env::new();
    env.file("f", b"abc");
    let run = env.run(["dump", "f", "--json", "-n", "5"]);
    let object = run.code(5).json();
    assert_eq!(
        (&object["length"], &object["complete"]),
        (&json!(3), &json!(false))
    );
    assert_eq!(run.json_error()["code"], "file_too_short");
}

#[test]
fn a_fault_leaves_an_object_that_can_be_parsed() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let run = env.run(args!["dump", disk.file(), "--json"]);
    let object = run.code(9).json();
    assert_eq!(
        (&object["length"], &object["complete"]),
        (&json!(disk.first_bad()), &json!(false))
    );
    let error = run.json_error();
    assert_eq!(
        (&error["code"], &error["offset"], &error["os_error"]),
        (&json!("fault"), &json!(disk.first_bad()), &json!(libc::EIO))
    );
}

#[test]
fn a_dump_to_a_file_is_reported() {
    let env = Env::new();
    env.file("f", pattern(100));
    let object = env
        .run(["dump", "f", "--json", "--output", "out", "-f", "plain"])
        .ok()
        .json();
    assert_eq!(
        object,
        json!({
            "source": "file",
            "path": "f",
            "offset": 0,
            "length": 100,
            "complete": true,
            "written": 204,
        })
    );
    let run = env.run([
        "dump", "f", "--json", "--output", "out", "-f", "raw", "-n", "101",
    ]);
    run.code(5).stdout("");
    let left = std::fs::read(env.path("out")).unwrap();
    assert_eq!(left.len(), 204, "it is left as it was");
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
