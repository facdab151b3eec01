//! The JSON Schemas of the output with --json, made from the structs that are printed. A field is described once: in
//! the doc comment at its declaration, and nowhere here.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::cached::CachedReport;
use super::diff::DiffObject;
use super::dump::DumpObject;
use super::dump_watch::ChangeObject;
use super::error::ErrorReport;
use super::filesize::FilesizeReport;
use super::fill::FillReport;
use super::generated::GeneratedReport;
use super::hold::ReadyReport;
use super::outcome::Report;
use super::pin::PinReport;
use super::pmap::{MappingObject, TotalObject};
use super::restore::SkippedReport;
use super::ring::PieceReport;
use super::rows::{FileReport, RowReport};
use super::tags::TagsReport;
use super::total::TotalReport;
use super::unlink::{UnlinkReport, UnlinkTotalReport};
use crate::mapping::actions::advise::mapping::Advised;
use crate::mapping::actions::advise::process::RemoteAdvised;
use crate::mapping::actions::dump::Dumped;
use crate::mapping::actions::empty::EmptyFile;
use crate::mapping::actions::map::outcome::Mapped;
use crate::mapping::actions::mirror::Mirrored;
use crate::mapping::actions::pagesize::PagesizeOutcome;
use crate::mapping::actions::ring::{Recorded, Replayed};
use crate::mapping::actions::tags::Unlinked;
use crate::mapping::cache::evict::{Evicted, EvictedSum};
use crate::mapping::cache::restore::RestoredSum;
use crate::mapping::cache::snapshot::SavedSum;
use crate::mapping::cache::sync::{Synced, SyncedSum};
use crate::mapping::cache::verify::Verified;
use crate::mapping::cache::warm::{Warmed, WarmedSum};
use crate::mapping::cache::why::Bill;

/// The JSON Schema (2020-12) of the objects that a command prints with --json; for `error`, of the object of a failure.
/// `None` for a command without JSON output.
#[must_use]
pub fn schema(command: &str) -> Option<Value> {
    let mut made = Made::new();
    let alternatives = match command {
        "map" => made.held_or_empty::<Mapped>(),
        "mirror" => made.held::<Mirrored>(),
        "advise" => {
            let mut all = made.held_or_empty::<Advised>();
            all.push(made.report::<RemoteAdvised>());
            all
        }
        "dump" => vec![
            made.of::<DumpObject>(),
            made.report::<Dumped>(),
            made.of::<ChangeObject<'_>>(),
        ],
        "diff" => vec![made.of::<DiffObject>()],
        "fill" => vec![made.of::<FillReport<'_>>()],
        "pagesize" => vec![made.of::<PagesizeOutcome>()],
        "filesize" => vec![made.of::<FilesizeReport<'_>>()],
        "sync" => made.file_and_rows::<Synced, SyncedSum>(),
        "cached" => vec![made.of::<CachedReport<'_>>()],
        "warm" => {
            let mut all = made.file_and_rows::<Warmed, WarmedSum>();
            all.push(made.of::<PinReport<'_>>());
            all
        }
        "evict" => made.file_and_rows::<Evicted, EvictedSum>(),
        "snapshot" => vec![made.described::<TotalReport<'_, SavedSum>, SavedSum>()],
        "restore" => vec![
            made.of::<SkippedReport<'_>>(),
            made.described::<TotalReport<'_, RestoredSum>, RestoredSum>(),
        ],
        "why" => vec![made.described::<FileReport<'_, Bill>, Bill>()],
        "verify" => vec![made.described::<RowReport<'_, Verified>, Verified>()],
        "tags" => vec![made.of::<TagsReport<'_>>()],
        "pmap" => vec![made.of::<MappingObject<'_>>(), made.of::<TotalObject<'_>>()],
        "unlink" => vec![
            made.described::<UnlinkReport<'_>, Unlinked>(),
            made.of::<UnlinkTotalReport<'_>>(),
        ],
        "record" => vec![made.report::<Recorded>()],
        "replay" => vec![made.of::<PieceReport<'_>>(), made.report::<Replayed>()],
        "generate" => vec![made.of::<GeneratedReport<'_>>()],
        "error" => vec![made.of::<ErrorReport>()],
        _ => return None,
    };
    Some(made.root(command, alternatives))
}

/// A schema that is being made.
struct Made(SchemaGenerator);

impl Made {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        Self(settings.into_generator())
    }

    fn of<T: JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().into()
    }

    /// The report on an outcome.
    fn report<T: JsonSchema>(&mut self) -> Value {
        self.described::<Report<'_, T>, T>()
    }

    /// An object that contains an outcome. It gets the description of the outcome.
    fn described<O: JsonSchema, T: JsonSchema>(&mut self) -> Value {
        let reference = self.of::<O>();
        let about = T::json_schema(&mut self.0).get("description").cloned();
        let name = reference["$ref"].as_str().unwrap_or_default();
        let name = name.trim_start_matches("#/$defs/");
        if let Some(definition) = self.0.definitions_mut().get_mut(name) {
            definition["description"] = about.unwrap_or_default();
        }
        reference
    }

    /// The report on a mapping that can be held, and the ready object of `--hold`.
    fn held<T: JsonSchema>(&mut self) -> Vec<Value> {
        let report = self.report::<T>();
        vec![report, self.of::<ReadyReport<'_, Report<'_, T>>>()]
    }

    /// The detailed report on the only file, and the rows for paths.
    fn file_and_rows<T: JsonSchema, S: JsonSchema>(&mut self) -> Vec<Value> {
        vec![
            self.described::<FileReport<'_, T>, T>(),
            self.described::<RowReport<'_, S>, S>(),
        ]
    }

    /// The same, and the report on an empty file.
    fn held_or_empty<T: JsonSchema>(&mut self) -> Vec<Value> {
        let mut all = self.held::<T>();
        all.push(self.report::<EmptyFile>());
        all
    }

    fn root(mut self, command: &str, alternatives: Vec<Value>) -> Value {
        let title = match command {
            "error" => "A failure of mmapctl --json".to_owned(),
            command => format!("mmapctl {command} --json"),
        };
        let mut root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
        });
        match <[Value; 1]>::try_from(alternatives) {
            Ok([only]) => root["$ref"] = only["$ref"].clone(),
            Err(several) => root["anyOf"] = several.into(),
        }
        root["$defs"] = Value::Object(self.0.take_definitions(true));
        root
    }
}
