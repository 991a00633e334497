//! The walls between the crates, read from their manifests: who may depend on whom, who may know
//! which library, and what the pure ones must not touch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use toml::{Table, Value};

use crate::harness::{read, repository};

/// Our crates, and what each may depend on: all of it, and nothing else.
const EDGES: &[(&str, &[&str])] = &[
    (
        "unbridge",
        &[
            "aws",
            "cost",
            "executor",
            "model",
            "planner",
            "rehearsal",
            "report",
            "scanner",
            "sim",
        ],
    ),
    ("unbridge-aws", &["model"]),
    ("unbridge-cost", &["model"]),
    ("unbridge-executor", &["model"]),
    ("unbridge-model", &[]),
    ("unbridge-planner", &["model", "scanner"]),
    ("unbridge-rehearsal", &["executor", "model", "sim"]),
    ("unbridge-report", &["model"]),
    ("unbridge-scanner", &["model"]),
    ("unbridge-sim", &["model"]),
];

/// What tests may use besides.
const DEV_EDGES: &[&str] = &["model", "sim"];

/// Crates without clocks, environment, files and sockets.
const PURE: &[&str] = &[
    "cost",
    "executor",
    "model",
    "planner",
    "rehearsal",
    "report",
    "scanner",
    "sim",
];

/// Libraries that only some crates may know, by the beginning of their names.
const GUARDED: &[(&str, &[&str])] = &[
    ("aws-", &["unbridge-aws"]),
    ("clap", &["unbridge"]),
    ("indicatif", &["unbridge"]),
    ("object_store", &["unbridge", "unbridge-aws"]),
    ("petgraph", &["unbridge-scanner"]),
    ("tokio", &["unbridge", "unbridge-aws"]),
    ("zstd", &["unbridge"]),
];

struct Manifest {
    folder: PathBuf,
    name: String,
    table: Table,
}

/// When a dependency is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Dev,
}

fn manifests() -> Vec<Manifest> {
    let crates = std::fs::read_dir(repository().join("crates")).expect("crates");
    let folders = crates.map(|entry| entry.expect("an entry").path());
    folders
        .filter(|folder| folder.join("Cargo.toml").exists())
        .map(|folder| {
            let table: Table = read(&folder.join("Cargo.toml")).parse().expect("TOML");
            let name = table["package"]["name"]
                .as_str()
                .expect("a name")
                .to_owned();
            Manifest {
                folder,
                name,
                table,
            }
        })
        .collect()
}

impl Manifest {
    /// Names of dependencies, those of single targets included.
    fn dependencies(&self, kind: Kind) -> BTreeSet<String> {
        let keys: &[&str] = match kind {
            Kind::Normal => &["dependencies", "build-dependencies"],
            Kind::Dev => &["dev-dependencies"],
        };
        let targets = self.table.get("target").and_then(Value::as_table);
        let tables = targets
            .into_iter()
            .flat_map(Table::values)
            .filter_map(Value::as_table);
        let mut names = BTreeSet::new();
        for table in tables.chain([&self.table]) {
            let lists = keys.iter().filter_map(|key| table.get(*key)?.as_table());
            for (name, dependency) in lists.flatten() {
                let renamed = dependency.get("package").is_some();
                assert!(!renamed, "{}: {name} goes by another name", self.name);
                names.insert(name.clone());
            }
        }
        names
    }

    /// Dependencies on crates of this workspace, without their common prefix.
    fn ours(&self, kind: Kind) -> BTreeSet<String> {
        let all = self.dependencies(kind).into_iter();
        all.filter_map(|name| name.strip_prefix("unbridge-").map(str::to_owned))
            .collect()
    }
}

#[test]
fn crates_depend_on_each_other_exactly_as_the_table_says() {
    let found: BTreeMap<_, _> = manifests()
        .iter()
        .map(|m| (m.name.clone(), m.ours(Kind::Normal)))
        .collect();
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let expected: BTreeMap<String, BTreeSet<String>> = EDGES
        .iter()
        .map(|(name, edges)| ((*name).to_owned(), owned(edges)))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn tests_depend_on_the_model_and_the_simulator_only() {
    for manifest in manifests() {
        let ours = manifest.ours(Kind::Dev);
        let stray: Vec<_> = ours
            .iter()
            .filter(|n| !DEV_EDGES.contains(&n.as_str()))
            .collect();
        assert!(stray.is_empty(), "{} tests with {stray:?}", manifest.name);
    }
}

#[test]
fn libraries_stay_in_the_crates_that_may_know_them() {
    let mut known = BTreeSet::new();
    for manifest in manifests() {
        for name in manifest.dependencies(Kind::Normal) {
            let Some((guarded, owners)) = GUARDED.iter().find(|(g, _)| name.starts_with(g)) else {
                continue;
            };
            assert!(
                owners.contains(&&*manifest.name),
                "{} must not know {name}",
                manifest.name
            );
            known.insert(*guarded);
        }
    }
    let guarded: BTreeSet<_> = GUARDED.iter().map(|(name, _)| *name).collect();
    assert_eq!(known, guarded, "a library that nobody uses needs no guard");
}

#[test]
fn the_sdk_is_an_option_of_the_binary() {
    let all = manifests();
    let cli = all
        .iter()
        .find(|m| m.name == "unbridge")
        .expect("the binary's crate");
    let aws = &cli.table["dependencies"]["unbridge-aws"];
    assert_eq!(aws.get("optional"), Some(&Value::Boolean(true)));
    let default = cli.table["features"]["default"].as_array().expect("a list");
    assert!(
        default.contains(&Value::String("aws".into())),
        "{default:?}"
    );
}

/// How strict a lint is, by cargo's words for it.
fn strictness(lint: &Value) -> usize {
    let level = lint.get("level").unwrap_or(lint);
    let level = level.as_str().expect("a level");
    let levels = ["allow", "warn", "deny", "forbid"];
    let found = levels.iter().position(|known| *known == level);
    found.unwrap_or_else(|| panic!("unknown level {level}"))
}

/// What of these lints others lack, or have less strict.
fn laxer(ours: &Table, theirs: &Table) -> Vec<String> {
    let groups = ours.iter().flat_map(|(tool, lints)| {
        let lints = lints.as_table().expect("lints of a tool");
        lints.iter().map(move |(lint, level)| (tool, lint, level))
    });
    let kept = |tool: &str, lint: &str, level: &Value| {
        let found = theirs.get(tool).and_then(|lints| lints.get(lint));
        found.is_some_and(|found| strictness(found) >= strictness(level))
    };
    groups
        .filter(|(tool, lint, level)| !kept(tool, lint, level))
        .map(|(tool, lint, _)| format!("{tool}::{lint}"))
        .collect()
}

#[test]
fn every_crate_keeps_the_workspaces_lints() {
    let root: Table = read(&repository().join("Cargo.toml"))
        .parse()
        .expect("TOML");
    let ours = root["workspace"]["lints"].as_table().expect("lints");
    assert!(ours.contains_key("clippy") && ours.contains_key("rust"));
    for manifest in manifests() {
        let name = &manifest.name;
        let theirs = manifest.table.get("lints").and_then(Value::as_table);
        let theirs = theirs.unwrap_or_else(|| panic!("{name} has no lints"));
        if theirs.get("workspace") != Some(&Value::Boolean(true)) {
            assert_eq!(laxer(ours, theirs), [""; 0], "{name}");
        }
    }
}

#[test]
fn lints_that_are_missing_or_less_strict_are_told() {
    let lints = |text: &str| -> Table { text.parse().expect("TOML") };
    let ours =
        lints("[rust]\nunsafe_code = 'forbid'\nmissing_docs = 'warn'\n[clippy]\ntodo = 'warn'\n");
    let same = "[rust]\nunsafe_code = 'forbid'\nmissing_docs = { level = 'deny', priority = 1 }\n";
    let more = format!("{same}[clippy]\ntodo = 'warn'\npanic = 'warn'\n");
    assert_eq!(laxer(&ours, &lints(&more)), [""; 0]);
    assert_eq!(laxer(&ours, &lints(same)), ["clippy::todo"]);
    let lax = more.replace("'forbid'", "'warn'");
    assert_eq!(laxer(&ours, &lints(&lax)), ["rust::unsafe_code"]);
    assert_eq!(laxer(&ours, &lints("workspace = false")).len(), 3);
}

#[test]
fn pure_crates_ban_clocks_environment_files_and_sockets() {
    let root = repository();
    for name in PURE {
        let path = root.join("crates").join(name).join("clippy.toml");
        let table: Table = read(&path).parse().expect("TOML");
        let lists = ["disallowed-methods", "disallowed-types"].map(|key| table.get(key));
        let entries = lists
            .into_iter()
            .flatten()
            .filter_map(Value::as_array)
            .flatten();
        let banned: Vec<_> = entries
            .filter_map(|entry| entry.as_str().or(entry.get("path").and_then(Value::as_str)))
            .collect();
        for needed in [
            "std::time::Instant",
            "std::time::SystemTime",
            "std::env::var",
            "std::fs::",
            "std::net::",
        ] {
            let found = banned.iter().any(|path| path.starts_with(needed));
            assert!(
                found,
                "{} does not ban {needed}: {banned:?}",
                path.display()
            );
        }
    }
}

#[test]
fn every_crate_stands_in_a_folder_of_its_name() {
    for manifest in manifests() {
        let short = manifest.name.strip_prefix("unbridge-").unwrap_or("cli");
        assert!(
            manifest.folder.ends_with(short),
            "{}",
            manifest.folder.display()
        );
    }
}
