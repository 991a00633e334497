//! Rows and columns that a reader can choose: what a column is called, what stands in it for one
//! NLB, and how NLBs are put into groups. Shared by the table, CSV and Markdown.
//!
//! Knows nothing of widths, quoting or markup: cells are printable, and each format escapes them.

mod group;
mod row;
pub(crate) mod shape;

use unbridge_model::text::Text;

pub use self::group::UnknownGroup;
pub(crate) use self::group::{Group, groups};
pub(crate) use self::row::{Row, rows};

/// A column about one NLB.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Column {
    /// Its verdict.
    Verdict,
    /// Its verdict in the baseline; `new` for an NLB that was not in it, unknown without one.
    PreviousVerdict,
    /// Its name.
    Nlb,
    /// Its account.
    Account,
    /// What its account is called.
    AccountName,
    /// The organizational unit that its account stands in.
    Ou,
    /// Its region.
    Region,
    /// Its ARN.
    Arn,
    /// How many chains pass it: methods on stages.
    Chains,
    /// Names of the APIs of these chains.
    Apis,
    /// Their stages, as `api/stage`.
    Stages,
    /// Names of the ALBs behind it.
    Albs,
    /// Ports of its listeners that chains come in on, or that lead to ALBs.
    Ports,
    /// The gravest severity among its findings.
    Severity,
    /// Codes of its findings, gravest first.
    Findings,
    /// Codes of its findings that a team has accepted.
    Accepted,
    /// Why it has its verdict, in words.
    Reasons,
    /// Its tags, as `key=value`.
    Tags,
    /// How many gaps concern it: those of its region, and those of its account as a whole.
    Gaps,
    /// The currency of the next three.
    Currency,
    /// What it costs a month.
    MonthlyCost,
    /// What its going would save a month under its verdict.
    MonthlySavings,
    /// The same if nothing blocked it.
    MonthlyPotential,
}

impl Column {
    /// What it is called in running text.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Verdict => "Verdict",
            Self::PreviousVerdict => "Previous verdict",
            Self::Nlb => "NLB",
            Self::Account => "Account",
            Self::AccountName => "Account name",
            Self::Ou => "OU",
            Self::Region => "Region",
            Self::Arn => "ARN",
            Self::Chains => "Chains",
            Self::Apis => "APIs",
            Self::Stages => "Stages",
            Self::Albs => "ALBs",
            Self::Ports => "Ports",
            Self::Severity => "Severity",
            Self::Findings => "Findings",
            Self::Accepted => "Accepted",
            Self::Reasons => "Why",
            Self::Tags => "Tags",
            Self::Gaps => "Gaps",
            Self::Currency => "Currency",
            Self::MonthlyCost => "Monthly cost",
            Self::MonthlySavings => "Monthly savings",
            Self::MonthlyPotential => "Monthly potential",
        }
    }

    /// Whether it holds numbers alone.
    pub(crate) fn is_number(self) -> bool {
        match self {
            Self::Chains | Self::Gaps => true,
            Self::Verdict
            | Self::PreviousVerdict
            | Self::Nlb
            | Self::Account
            | Self::AccountName
            | Self::Ou
            | Self::Region
            | Self::Arn
            | Self::Apis
            | Self::Stages
            | Self::Albs
            | Self::Ports
            | Self::Severity
            | Self::Findings
            | Self::Accepted
            | Self::Reasons
            | Self::Tags
            | Self::Currency
            | Self::MonthlyCost
            | Self::MonthlySavings
            | Self::MonthlyPotential => false,
        }
    }
}

/// What stands in a column for one NLB; every text in it is printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A number.
    Number(usize),
    /// Names, codes and ids, each to be copied as it is; none is known to be none.
    Names(Vec<String>),
    /// Sentences.
    Words(Vec<String>),
    /// It was not read. Neither zero nor none.
    Unknown,
}

impl Cell {
    fn name(text: impl ToString) -> Self {
        Self::Names(vec![text.to_string()])
    }

    /// A text for each thing in it, with `unknown` for what was not read.
    pub(crate) fn texts(self, unknown: &str) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            Self::Names(texts) | Self::Words(texts) => texts,
            Self::Unknown => vec![unknown.to_owned()],
        }
    }
}

/// Whether a line with the columns' names comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Headers {
    /// It does.
    #[default]
    Shown,
    /// It does not.
    Hidden,
}

/// What NLBs are put together by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// Their account.
    Account,
    /// The organizational unit that their account stands in.
    Ou,
    /// The value that their account has for the tag with this key.
    AccountTag(Text),
    /// Their region.
    Region,
    /// Their verdict.
    Verdict,
    /// Their gravest finding.
    Severity,
    /// The APIs over them; an NLB stands in the group of each of its APIs.
    Api,
    /// The value of the tag with this key.
    Tag(Text),
}

/// What the reader chose.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Columns, in this order; empty for the writer's own choice.
    pub columns: Vec<Column>,
    /// Whether columns are named.
    pub headers: Headers,
    /// How NLBs are put into groups.
    pub group_by: Option<GroupBy>,
}

impl Layout {
    /// The columns that were chosen, or these.
    pub(crate) fn columns_or<'l>(&'l self, otherwise: &'l [Column]) -> &'l [Column] {
        if self.columns.is_empty() {
            otherwise
        } else {
            &self.columns
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    #[test]
    fn a_column_is_called_what_it_is_chosen_by() {
        for column in Column::VARIANTS {
            assert_eq!(column.to_string().parse(), Ok(*column));
        }
        assert_eq!(Column::PreviousVerdict.to_string(), "previous-verdict");
        assert!("verdicts".parse::<Column>().is_err());
    }

    #[test]
    fn no_two_columns_have_one_title() {
        let titles: std::collections::BTreeSet<_> = Column::VARIANTS
            .iter()
            .map(|column| column.title())
            .collect();
        assert_eq!(titles.len(), Column::VARIANTS.len());
    }
}
