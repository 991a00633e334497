//! `--output json` as a program reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A report.
#[derive(Debug, Clone)]
pub(crate) struct Report(pub(crate) Value);

/// One row for each NLB: verdict and finding codes.
pub(crate) type Row = (String, BTreeSet<String>);

impl Report {
    pub(crate) fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    /// Verdict and finding codes by NLB.
    pub(crate) fn rows(&self) -> BTreeMap<String, Row> {
        let nlbs = list(&self.0["nlbs"]).iter();
        nlbs.map(|nlb| {
            let codes = list(&nlb["findings"])
                .iter()
                .map(|found| text(&found["code"]));
            (text(&nlb["name"]), (text(&nlb["verdict"]), codes.collect()))
        })
        .collect()
    }

    pub(crate) fn nlb(&self, name: &str) -> &Value {
        let found = list(&self.0["nlbs"]).iter().find(|nlb| nlb["name"] == name);
        found.unwrap_or_else(|| panic!("no NLB {name} in {}", self.0["nlbs"]))
    }

    pub(crate) fn verdict(&self, name: &str) -> String {
        text(&self.nlb(name)["verdict"])
    }

    /// The evidence of an NLB's only finding with this code.
    pub(crate) fn evidence(&self, name: &str, code: &str) -> &Value {
        let mut found = list(&self.nlb(name)["findings"])
            .iter()
            .filter(|f| f["code"] == code);
        let first = found
            .next()
            .unwrap_or_else(|| panic!("{name} has no finding {code}"));
        assert!(found.next().is_none(), "{name} has {code} twice");
        &first["evidence"]
    }

    pub(crate) fn chains(&self, name: &str) -> &[Value] {
        list(&self.nlb(name)["chains"])
    }

    /// Gaps but for the sources that this version never reads.
    pub(crate) fn gaps(&self) -> Vec<&Value> {
        list(&self.0["gaps"])
            .iter()
            .filter(|gap| gap["class"] != "not-read")
            .collect()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.0["complete"].as_bool().expect("a flag")
    }
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("not a list: {value}"))
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}
