//! Datasets for query engines: what stands in which row, and what is promised of every file.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use bytes::Bytes;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use unbridge_model::finding::Verdict;
use unbridge_report::datasets::{Dataset, File, Holds, IN_THE_PATH, files};
use unbridge_report::view::View;

use crate::parquet_rows::{Row, read};
use crate::sample::{self, decimal};

const README: &str = include_str!("../../../../docs/queries/README.md");
const ATHENA: &str = include_str!("../../../../docs/queries/athena.sql");

/// Every view, with costs.
fn views() -> Vec<(&'static str, View)> {
    let views = sample::views().into_iter();
    views
        .map(|(name, view)| (name, sample::priced(view, "a test")))
        .collect()
}

fn view(name: &str) -> View {
    let mut views = views().into_iter();
    let found = views.find(|(called, _)| *called == name);
    found.expect("a view of this name").1
}

fn written(view: &View) -> Vec<File> {
    let files: io::Result<Vec<File>> = files(view).collect();
    files.expect("files")
}

fn of(path: &str) -> Dataset {
    let name = path.split('/').next();
    let mut all = Dataset::ALL.iter().copied();
    let found = all.find(|dataset| Some(dataset.to_string().as_str()) == name);
    found.unwrap_or_else(|| panic!("no dataset of {path}"))
}

/// The rows of a dataset, with what the path says of each.
fn rows(view: &View, dataset: Dataset) -> Vec<Row> {
    let mut rows = Vec::new();
    for (path, bytes) in written(view) {
        if of(&path) != dataset {
            continue;
        }
        let said = path.split('/').filter_map(|part| part.split_once('='));
        let said: Row = said
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for mut row in read(&bytes) {
            for (name, value) in &said {
                assert_eq!(row.insert(name.clone(), value.clone()), None, "{path}");
            }
            rows.push(row);
        }
    }
    rows
}

fn cell<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).map_or("-", String::as_str)
}

fn row<'r>(rows: &'r [Row], column: &str, value: &str) -> &'r Row {
    let mut found = rows.iter().filter(|row| cell(row, column) == value);
    let first = found.next();
    assert!(found.next().is_none(), "several rows of {value}");
    first.unwrap_or_else(|| panic!("no row of {value}: {rows:#?}"))
}

/// Columns and types that a document tells of a dataset: lines after its heading, up to a blank one
/// behind the first of them.
fn told(
    document: &str,
    heading: &str,
    line: &dyn Fn(&str) -> Option<(String, String)>,
) -> Vec<(String, String)> {
    let (_, after) = document
        .split_once(heading)
        .unwrap_or_else(|| panic!("no {heading:?}"));
    let lines = after.lines().map(line);
    let lines = lines.skip_while(Option::is_none);
    lines.map_while(|told| told).collect()
}

fn schema(dataset: Dataset) -> Vec<(String, Holds)> {
    let columns = dataset.columns().into_iter();
    columns
        .map(|(name, holds)| (name.to_owned(), holds))
        .collect()
}

#[test]
fn every_column_is_documented_with_its_type_and_nothing_else_is() {
    let cell = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let name = cells.next()?.trim_end_matches('`').to_owned();
        let kind = cells.next()?.to_owned();
        let says = cells.next()?.trim_end_matches('|').trim();
        assert!(says.ends_with('.'), "{line}");
        Some((name, kind))
    };
    for dataset in Dataset::ALL.iter().copied() {
        let mut wanted: Vec<(String, String)> = schema(dataset)
            .into_iter()
            .map(|(name, holds)| (name, holds.to_string()))
            .collect();
        if dataset.is_partitioned() {
            let on_top = IN_THE_PATH.map(|name| (name.to_owned(), "STRING".to_owned()));
            wanted.extend(on_top);
        }
        assert_eq!(
            told(README, &format!("\n### {dataset}\n"), &cell),
            wanted,
            "{dataset}"
        );
    }
    let sections = README.lines().filter(|line| line.starts_with("### "));
    assert_eq!(sections.count(), Dataset::ALL.len());
}

#[test]
fn the_tables_of_athena_have_the_columns_and_types_of_the_files() {
    let in_hive = |holds| match holds {
        Holds::Text => "string",
        Holds::Amount => "decimal(38,12)",
        Holds::Count => "bigint",
        Holds::Truth => "boolean",
        Holds::Moment => "timestamp",
        Holds::Day => "date",
    };
    let column = |line: &str| {
        let (name, kind) = line.strip_prefix("  `")?.split_once("` ")?;
        Some((name.to_owned(), kind.trim_end_matches(',').to_owned()))
    };
    for dataset in Dataset::ALL.iter().copied() {
        let heading = format!("CREATE EXTERNAL TABLE {dataset} (\n");
        let wanted: Vec<(String, String)> = schema(dataset)
            .into_iter()
            .map(|(name, holds)| (name, in_hive(holds).to_owned()))
            .collect();
        assert_eq!(told(ATHENA, &heading, &column), wanted, "{dataset}");
        let (_, after) = ATHENA.split_once(&heading).expect("a table");
        let statement = after.split(';').next().expect("an end");
        let partitions = "PARTITIONED BY (`account` string, `region` string)\n";
        assert_eq!(
            statement.contains(partitions),
            dataset.is_partitioned(),
            "{dataset}"
        );
        assert!(statement.contains(&format!("LOCATION 's3://BUCKET/PREFIX/{dataset}/'")));
        let repaired = ATHENA.contains(&format!("\nMSCK REPAIR TABLE {dataset};\n"));
        assert_eq!(repaired, dataset.is_partitioned(), "{dataset}");
    }
    let tables = ATHENA.matches("CREATE EXTERNAL TABLE");
    assert_eq!(tables.count(), Dataset::ALL.len());
}

#[test]
fn every_dataset_has_its_views_for_duckdb_and_spark() {
    for engine in [
        include_str!("../../../../docs/queries/duckdb.sql"),
        include_str!("../../../../docs/queries/spark.sql"),
    ] {
        for dataset in Dataset::ALL {
            assert!(engine.contains(&format!(" VIEW {dataset} ")), "{dataset}");
            assert!(
                engine.contains(&format!("'DATASETS/{dataset}")),
                "{dataset}"
            );
        }
    }
}

fn expected((physical, logical): (Physical, Option<&LogicalType>)) -> Holds {
    match (physical, logical) {
        (Physical::BYTE_ARRAY, Some(LogicalType::String)) => Holds::Text,
        (Physical::FIXED_LEN_BYTE_ARRAY, Some(kind)) => {
            assert_eq!(*kind, LogicalType::decimal(12, 38));
            Holds::Amount
        }
        (Physical::INT64, None) => Holds::Count,
        (Physical::BOOLEAN, None) => Holds::Truth,
        (Physical::INT64, Some(kind)) => {
            assert_eq!(*kind, LogicalType::timestamp(true, TimeUnit::MICROS));
            Holds::Moment
        }
        (Physical::INT32, Some(LogicalType::Date)) => Holds::Day,
        other => panic!("no such type: {other:?}"),
    }
}

#[test]
fn every_file_has_the_schema_of_its_dataset() {
    for (name, view) in views() {
        let mut seen = BTreeSet::new();
        for (path, bytes) in written(&view) {
            let reader = SerializedFileReader::new(Bytes::from(bytes)).expect("Parquet");
            let schema = reader.metadata().file_metadata().schema_descr();
            let column = |column: &ColumnDescriptor| {
                let info = column.self_type().get_basic_info();
                assert_eq!(info.repetition(), Repetition::OPTIONAL, "{path}");
                let kind = (column.physical_type(), column.logical_type_ref());
                (column.name().to_owned(), expected(kind))
            };
            let columns = schema.columns().iter();
            let columns: Vec<_> = columns.map(|one| column(one)).collect();
            assert_eq!(columns, self::schema(of(&path)), "{name}: {path}");
            seen.insert(of(&path).to_string());
        }
        let all: BTreeSet<String> = Dataset::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(seen, all, "{name}: datasets that can be read");
    }
}

#[test]
fn partitions_are_those_of_hive_and_accounts_come_last() {
    let paths = |name| -> Vec<String> {
        written(&view(name))
            .into_iter()
            .map(|(path, _)| path)
            .collect()
    };
    let several = paths("several-accepted");
    let of_nlbs = several.iter().filter(|path| path.starts_with("nlbs/"));
    assert_eq!(
        of_nlbs.collect::<Vec<_>>(),
        [
            "nlbs/account=111122223333/region=eu-west-1/part-0.parquet",
            "nlbs/account=111122223333/region=us-east-1/part-0.parquet",
            "nlbs/account=222233334444/region=eu-west-1/part-0.parquet",
            "nlbs/account=222233334444/region=us-east-1/part-0.parquet",
        ]
    );
    let unread = "gaps/account=333344445555/region=global/part-0.parquet";
    assert!(several.contains(&unread.to_owned()), "{several:#?}");
    // A dataset without rows can be read all the same.
    let empty = paths("empty");
    assert_eq!(empty.len(), Dataset::ALL.len(), "{empty:#?}");
    for (name, view) in views() {
        let paths: Vec<String> = written(&view).into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            paths.iter().collect::<BTreeSet<_>>().len(),
            paths.len(),
            "{name}"
        );
        assert_eq!(
            paths.last().map(String::as_str),
            Some("accounts/part-0.parquet"),
            "{name}"
        );
        for path in paths {
            let harmless = |c: char| c.is_ascii_alphanumeric() || "-=./".contains(c);
            assert!(path.chars().all(harmless) && !path.contains(".."), "{path}");
        }
    }
}

#[test]
fn the_same_view_gives_the_same_bytes() {
    for (name, view) in views() {
        assert!(written(&view) == written(&view.clone()), "{name}");
    }
}

#[test]
fn every_dataset_has_a_row_for_each_of_its_things() {
    for (name, view) in views() {
        let shown = &view.assessment;
        let sum = |count: fn(&unbridge_model::assessment::NlbAssessment) -> usize| -> usize {
            shown.nlbs.iter().map(count).sum()
        };
        let wanted = BTreeMap::from([
            ("nlbs", shown.nlbs.len()),
            ("reasons", sum(|nlb| nlb.reasons.len())),
            ("findings", view.findings().count() + view.accepted.len()),
            ("chains", sum(|nlb| nlb.chains.len())),
            ("links", shown.links.len()),
            ("costs", shown.nlbs.len()),
            ("gaps", shown.gaps.len()),
        ]);
        for (dataset, number) in wanted {
            assert_eq!(rows(&view, of(dataset)).len(), number, "{name}: {dataset}");
        }
    }
}

#[test]
fn texts_are_data_and_stay_as_they_are() {
    for name in ["hostile", "markup"] {
        let view = view(name);
        let kept = rows(&view, Dataset::Nlbs);
        let kept: BTreeSet<&str> = kept.iter().map(|row| cell(row, "nlb_name")).collect();
        let nlbs = view.assessment.nlbs.iter();
        let names: BTreeSet<&str> = nlbs.map(|nlb| nlb.name.as_str()).collect();
        assert_eq!(kept, names, "{name}");
    }
}

#[test]
fn what_is_not_known_is_null_and_has_a_reason() {
    let costs = rows(&view("full"), Dataset::Costs);
    let figures = |name: &str, of: &str| {
        let row = row(&costs, "nlb_name", name);
        let bounds = [format!("{of}_low"), of.to_owned(), format!("{of}_high")];
        bounds.map(|column| cell(row, &column).to_owned())
    };
    assert_eq!(
        figures("billing-nlb", "monthly_savings"),
        ["18.396", "-", "-"]
    );
    let missing = cell(row(&costs, "nlb_name", "billing-nlb"), "missing");
    assert_eq!(missing, "usage was not read");
    assert_eq!(figures("chat-nlb", "monthly_savings"), ["0", "-", "1.803"]);
    let components = rows(&view("full"), Dataset::Components);
    let unpriced = row(&components, "item", "inter-zone-gb");
    assert_eq!(cell(unpriced, "quantity"), "12.5");
    for column in [
        "unit_price",
        "monthly_cost_low",
        "monthly_cost",
        "monthly_cost_high",
    ] {
        assert_eq!(cell(unpriced, column), "-", "{column}");
    }
    assert_eq!(
        cell(unpriced, "missing"),
        "no price of inter-zone-gb in eu-west-1"
    );
    // Nobody worked costs out: every NLB says so.
    for row in rows(&View::of(sample::full()), Dataset::Costs) {
        assert_eq!(cell(&row, "missing"), "costs were not worked out");
        assert!(
            !row.keys().any(|column| column.starts_with("monthly")),
            "{row:?}"
        );
    }
    assert!(rows(&View::of(sample::full()), Dataset::Components).is_empty());
}

#[test]
fn none_is_said_only_where_nothing_was_missed() {
    let nlbs = rows(&view("full"), Dataset::Nlbs);
    // In its region exports were not read.
    assert_eq!(cell(row(&nlbs, "nlb_name", "postgres"), "chains"), "-");
    assert_eq!(cell(row(&nlbs, "nlb_name", "orders-nlb"), "chains"), "8");
    let mut seen = sample::full();
    seen.gaps.clear();
    let nlbs = rows(&View::of(seen), Dataset::Nlbs);
    assert_eq!(cell(row(&nlbs, "nlb_name", "postgres"), "chains"), "0");
    assert_eq!(
        cell(row(&nlbs, "nlb_name", "postgres"), "tags_read"),
        "false"
    );
}

#[test]
fn amounts_add_up_to_the_totals_of_the_report() {
    for (name, view) in views() {
        let costs = view.costs.as_ref().expect("costs");
        let totals = costs.totals(&view.assessment.nlbs);
        let bridges = rows(&view, Dataset::Costs);
        let bridges = bridges
            .iter()
            .filter(|row| row["verdict"] != "not-a-bridge");
        let amounts = bridges.filter_map(|row| row.get("monthly_cost_low"));
        let sum: rust_decimal::Decimal = amounts.map(|amount| decimal(amount)).sum();
        let wanted: rust_decimal::Decimal = totals.iter().map(|one| one.monthly_cost.low).sum();
        assert_eq!(sum, wanted, "{name}");
    }
}

#[test]
fn accounts_tell_what_was_seen_of_each() {
    let accounts = rows(&view("several-accepted"), Dataset::Accounts);
    let told = |id: &str| {
        let row = row(&accounts, "account", id);
        let columns = [
            "account_name",
            "status",
            "ou",
            "seen",
            "complete",
            "regions",
            "nlbs",
            "gaps",
        ];
        columns.map(|column| cell(row, column)).join(" ")
    };
    assert_eq!(
        told("111122223333"),
        "Payments active Payments true false 2 9 6"
    );
    assert_eq!(told("222233334444"), "Payments active / true false 2 9 6");
    assert_eq!(told("333344445555"), "- - - false false 0 - 1");
    let mut complete = sample::full();
    complete.gaps.clear();
    let accounts = rows(&View::of(complete), Dataset::Accounts);
    assert_eq!(cell(&accounts[0], "complete"), "true");
    assert_eq!(cell(&accounts[0], "region_names"), "eu-west-1 us-east-1");
    assert_eq!(cell(&accounts[0], "narrowed_by"), "-");
}

#[test]
fn an_account_that_the_organization_has_and_nobody_read_is_there() {
    let view = View::of(sample::full()).with_accounts(sample::several::named("Shop"));
    let accounts = rows(&view, Dataset::Accounts);
    let unread = row(&accounts, "account", sample::several::TWIN);
    let told = [
        "account_name",
        "seen",
        "complete",
        "gaps",
        "scanned_at",
        "date",
    ];
    let told = told.map(|column| cell(unread, column));
    assert_eq!(told, ["Shop", "false", "false", "0", "-", "-"]);
    let tags = rows(&view, Dataset::Tags);
    let of_account = row(&tags, "about", "account");
    assert_eq!(cell(of_account, "region"), "global");
    assert_eq!(
        (cell(of_account, "key"), cell(of_account, "value")),
        ("owner", "Shop")
    );
}

#[test]
fn what_was_left_out_is_told_of_every_account() {
    for (name, wanted) in [
        (
            "filtered",
            "verdict blocked or rewirable; severity warning or graver",
        ),
        ("since", "new since 2026-02-01T09:30:00Z"),
    ] {
        for account in rows(&view(name), Dataset::Accounts) {
            assert_eq!(cell(&account, "narrowed_by"), wanted);
        }
    }
    let nlbs = rows(&view("since"), Dataset::Nlbs);
    assert_eq!(
        cell(row(&nlbs, "nlb_name", "chat-nlb"), "previous_verdict"),
        "new"
    );
    assert_eq!(
        cell(row(&nlbs, "nlb_name", "billing-nlb"), "previous_verdict"),
        "blocked"
    );
}

#[test]
fn accepted_findings_stand_among_the_others_and_say_so() {
    let findings = rows(&view("accepted"), Dataset::Findings);
    let accepted: Vec<&Row> = findings
        .iter()
        .filter(|row| row["accepted"] == "true")
        .collect();
    let told = [
        "about",
        "nlb_name",
        "code",
        "accepted_reason",
        "accepted_until",
    ];
    let told = told.map(|column| cell(accepted[0], column));
    assert_eq!(
        told,
        [
            "nlb",
            "orders-nlb",
            "nlb-bridges-alb",
            "known, and gone by summer",
            "2026-12-31"
        ]
    );
    assert_eq!(accepted.len(), 1);
}

#[test]
fn findings_say_what_they_are_about_and_what_they_do_to_the_verdict() {
    let findings = rows(&view("full"), Dataset::Findings);
    let told = |about: &str, code: &str| {
        let mut found = findings.iter();
        let row = found.find(|row| row["about"] == about && row["code"] == code);
        let row = row.unwrap_or_else(|| panic!("no {code} about {about}"));
        ["nlb_name", "vpc_link_id", "severity", "bearing"]
            .map(|column| cell(row, column).to_owned())
    };
    assert_eq!(
        told("nlb", "chain-broken"),
        ["orders-nlb", "-", "blocker", "blocks"]
    );
    assert_eq!(
        told("nlb", "mixed-nlb"),
        ["chat-nlb", "-", "warning", "other-user"]
    );
    assert_eq!(
        told("nlb", "ip-target-bridge"),
        ["billing-nlb", "-", "warning", "needs-a-word"]
    );
    assert_eq!(
        told("link", "unused-v1-link"),
        ["-", "old999", "warning", "none"]
    );
    assert_eq!(
        told("chains", "chain-broken"),
        ["-", "-", "blocker", "blocks"]
    );
    for row in &findings {
        let evidence: serde_json::Value = serde_json::from_str(&row["evidence"]).expect("JSON");
        assert!(
            evidence.is_object() && !row["says"].ends_with(':'),
            "{row:?}"
        );
    }
}

#[test]
fn reasons_name_the_finding_or_the_gap() {
    let reasons = rows(&view("full"), Dataset::Reasons);
    let unsure = reasons
        .iter()
        .filter(|row| row["verdict"] == Verdict::RemovableIf.to_string());
    let told: Vec<[&str; 6]> = unsure
        .map(|row| {
            [
                "kind",
                "code",
                "gap_region",
                "gap_kind",
                "gap_what",
                "gap_class",
            ]
            .map(|column| cell(row, column))
        })
        .collect();
    assert_eq!(
        told,
        [
            ["finding", "unknown-users", "-", "-", "-", "-"],
            [
                "gap",
                "-",
                "eu-west-1",
                "call",
                "ec2:DescribeVpcEndpointConnections",
                "denied"
            ],
        ]
    );
}

#[test]
fn chains_and_links_name_each_other() {
    let chains = rows(&view("full"), Dataset::Chains);
    let links = rows(&view("full"), Dataset::Links);
    let link = row(&links, "vpc_link_id", "abc123");
    let over: Vec<&Row> = chains
        .iter()
        .filter(|row| cell(row, "vpc_link_id") == "abc123")
        .collect();
    assert!(!over.is_empty());
    for chain in over {
        assert_eq!(cell(chain, "link_version"), cell(link, "link_version"));
    }
    let ends: BTreeSet<&str> = chains.iter().map(|row| cell(row, "ends_at")).collect();
    assert_eq!(ends, BTreeSet::from(["alb", "broken", "unseen"]));
    for chain in &chains {
        let known = cell(chain, "alb_arn") != "-";
        assert_eq!(known, cell(chain, "ends_at") == "alb", "{chain:?}");
        assert_eq!(known, cell(chain, "end_reason") == "-", "{chain:?}");
    }
    let draft = row(&chains, "resource_path", "/other");
    assert_eq!(
        (cell(draft, "deployed"), cell(draft, "in_draft")),
        ("false", "true")
    );
}

#[test]
fn a_time_that_is_none_is_not_guessed() {
    let nlbs = rows(&view("full"), Dataset::Nlbs);
    assert_eq!(cell(&nlbs[0], "scanned_at"), "2026-03-01T09:30:00Z");
    assert_eq!(cell(&nlbs[0], "date"), "2026-03-01");
    let mut assessment = sample::full();
    for header in assessment.scanned.iter_mut() {
        header.started_at = "yesterday".into();
    }
    let nlbs = rows(&View::of(assessment), Dataset::Nlbs);
    assert_eq!(
        (cell(&nlbs[0], "scanned_at"), cell(&nlbs[0], "date")),
        ("-", "-")
    );
}
