//! The rows and columns of the findings table: which columns fit a width, and what gives way when
//! they do not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::finding::{Finding, FindingCode, Severity};
use unbridge_model::id::LoadBalancerArn;
use unbridge_model::route::End;

use crate::layout::{self, Break, wrap};
use crate::look::Tone;
use crate::{verdict, words};

/// Columns of space between two cells.
const GAP: usize = 2;
/// The least a column of codes is squeezed to.
const CODES_MIN: usize = 16;
/// The least worth giving to prose.
const WHY_MIN: usize = 30;
/// How many lines one NLB may take for codes or ALBs.
const LINES: usize = 3;

/// The table of these NLBs, at most `columns` wide.
pub(crate) fn of(nlbs: &[&NlbAssessment], columns: usize) -> String {
    let rows: Vec<Row<'_>> = nlbs.iter().map(|nlb| Row::of(nlb)).collect();
    render(&fit(&rows, columns), columns)
}

/// An NLB and what its chains and findings add up to.
struct Row<'a> {
    nlb: &'a NlbAssessment,
    apis: usize,
    stages: usize,
    albs: BTreeSet<&'a LoadBalancerArn>,
    ports: BTreeSet<u16>,
}

impl<'a> Row<'a> {
    fn of(nlb: &'a NlbAssessment) -> Self {
        let mut apis = BTreeSet::new();
        let mut stages = BTreeSet::new();
        let mut albs = BTreeSet::new();
        let mut ports = BTreeSet::new();
        let mut before = None;
        for chain in &nlb.chains {
            // Chains come sorted, so nearly every one repeats the one before it.
            let same = (
                &chain.start.api.id,
                &chain.start.stage,
                std::sync::Arc::as_ptr(&chain.way),
            );
            if before.replace(same) == Some(same) {
                continue;
            }
            apis.insert(&chain.start.api.id);
            if let Some(stage) = &chain.start.stage {
                stages.insert((&chain.start.api.id, stage));
            }
            if let End::Alb { alb, port: _ } = &chain.way.end {
                albs.insert(alb);
            }
            ports.extend(chain.way.nlb().map(|(_, port)| port));
        }
        for finding in &nlb.findings {
            let (behind, bridging) = shape(finding);
            albs.extend(behind);
            ports.extend(bridging);
        }
        Self {
            nlb,
            apis: apis.len(),
            stages: stages.len(),
            albs,
            ports,
        }
    }
}

/// The ALBs and ports that a finding about the NLB's shape tells: without chains there is no other
/// way to know them.
fn shape(finding: &Finding) -> (&[LoadBalancerArn], &[u16]) {
    match finding {
        Finding::NlbBridgesAlb { albs, ports } => (albs, ports),
        Finding::MixedNlb { bridging_ports, .. } => (&[], bridging_ports),
        Finding::IpTargetBridge { albs, .. } | Finding::NlbAlbWithoutGateway { albs } => {
            (albs, &[])
        }
        Finding::NlbDirectTarget { .. }
        | Finding::UnusedV1Link { .. }
        | Finding::ChainBroken { .. }
        | Finding::StageVariableLink { .. }
        | Finding::WebsocketUsesV1Link { .. }
        | Finding::DraftDiffersFromStage { .. }
        | Finding::CanaryInProgress { .. }
        | Finding::AlreadyDirect { .. }
        | Finding::EndpointServiceConsumer { .. }
        | Finding::NlbWeightedForward { .. }
        | Finding::StageTargetsDiffer { .. }
        | Finding::AlbHealthCheckWrong { .. }
        | Finding::StaticAddresses { .. }
        | Finding::DnsAlias { .. }
        | Finding::AcceleratorEndpoint { .. }
        | Finding::CloudfrontOrigin { .. }
        | Finding::VerifiedAccessEndpoint { .. }
        | Finding::TrafficMirrorTarget { .. }
        | Finding::AlarmOnNlb { .. }
        | Finding::TrafficNotExplained { .. }
        | Finding::TlsEndsAtNlb { .. }
        | Finding::NoAlbListenerForPort { .. }
        | Finding::PortNotAllowed { .. }
        | Finding::HostHeaderRuleChanges { .. }
        | Finding::CertificateNameMismatch { .. }
        | Finding::SourceIpRule { .. }
        | Finding::UnknownRuleField { .. }
        | Finding::WafOnAlb { .. }
        | Finding::AlbSecurityGroupClosed { .. }
        | Finding::NaclBlocksLink { .. }
        | Finding::NoFreeAddresses { .. }
        | Finding::SharedVpc { .. }
        | Finding::RareTraffic { .. }
        | Finding::StagePathCheck { .. }
        | Finding::StageCache { .. }
        | Finding::BackendClientCertificate { .. }
        | Finding::AlbInternetFacingTarget { .. }
        | Finding::AzNotSupported { .. }
        | Finding::RegionNotSupported { .. }
        | Finding::CrossAccount { .. }
        | Finding::LinkQuota { .. }
        | Finding::DeletionProtection { .. }
        | Finding::UriNamesNlb { .. }
        | Finding::HistoryNamesV1Link { .. }
        | Finding::OwnerUnknown { .. }
        | Finding::ManagedByCloudformation { .. }
        | Finding::ManagedByTerraform { .. }
        | Finding::ManagedByKubernetes { .. }
        | Finding::ManagedByBeanstalk { .. }
        | Finding::ManagedByRefactorSpaces { .. }
        | Finding::DeployedByPipeline { .. }
        | Finding::InternetFacingNlb { .. }
        | Finding::InternetFacingAlbBehindGateway { .. }
        | Finding::OpenSecurityGroup { .. }
        | Finding::UnknownUsers { .. } => (&[], &[]),
    }
}

struct Column {
    title: &'static str,
    align: CellAlignment,
    cells: Vec<Vec<String>>,
}

impl Column {
    fn new(title: &'static str, rows: &[Row<'_>], cell: impl Fn(&Row<'_>) -> Vec<String>) -> Self {
        Self {
            title,
            align: CellAlignment::Left,
            cells: rows.iter().map(cell).collect(),
        }
    }

    fn number(title: &'static str, rows: &[Row<'_>], cell: impl Fn(&Row<'_>) -> usize) -> Self {
        Self {
            align: CellAlignment::Right,
            ..Self::new(title, rows, |row| vec![cell(row).to_string()])
        }
    }

    fn width(&self) -> usize {
        let lines = self.cells.iter().flatten();
        lines
            .map(|line| layout::width(line))
            .fold(layout::width(self.title), usize::max)
    }

    fn squeeze(&mut self, width: usize) {
        for cell in &mut self.cells {
            *cell = cell
                .iter()
                .flat_map(|line| wrap(line, width, 2, Break::Anywhere))
                .collect();
        }
    }
}

fn total(columns: &[Column]) -> usize {
    let cells: usize = columns.iter().map(Column::width).sum();
    cells + GAP * columns.len().saturating_sub(1)
}

/// The columns that always stand there, and in their places as many others as fit.
fn fit(rows: &[Row<'_>], width: usize) -> Vec<Column> {
    let regions: BTreeSet<_> = rows.iter().map(|row| &row.nlb.region).collect();
    let mut columns = vec![
        Column::new("VERDICT", rows, |row| {
            vec![verdict::tone(row.nlb.verdict).of(row.nlb.verdict)]
        }),
        Column::new("NLB", rows, |row| vec![words::name(&row.nlb.name)]),
        Column::number("CHAINS", rows, |row| row.nlb.chains.len()),
        Column::number("APIS", rows, |row| row.apis),
        // What was not seen stands below the table, once for all of them.
        Column::new("FINDINGS", rows, |row| {
            codes(
                row.nlb
                    .findings
                    .iter()
                    .filter(|f| f.code() != FindingCode::UnknownUsers),
            )
        }),
    ];
    if regions.len() > 1 {
        let region = Column::new("REGION", rows, |row| vec![row.nlb.region.to_string()]);
        if let Err(region) = insert(&mut columns, 2, region, width) {
            // No room beside the name: below it, because names repeat from region to region.
            for (name, region) in columns[1].cells.iter_mut().zip(region.cells) {
                name.extend(region.into_iter().map(|region| Tone::Faint.of(region)));
            }
        }
    }
    let over = total(&columns).saturating_sub(width);
    if over > 0 {
        give_way(&mut columns, width);
        return columns;
    }
    let before_codes = |columns: &[Column]| columns.len() - 1;
    for column in [
        Column::number("STAGES", rows, |row| row.stages),
        Column::new("PORTS", rows, ports),
        Column::new("ALB", rows, albs),
    ] {
        let place = before_codes(&columns);
        if insert(&mut columns, place, column, width).is_err() {
            return columns;
        }
    }
    let room = width.saturating_sub(total(&columns) + GAP);
    if room >= WHY_MIN {
        let mut why = Column::new("WHY", rows, why);
        why.squeeze(room);
        columns.push(why);
    }
    columns
}

/// Puts the column in its place, or hands it back when it does not fit.
fn insert(
    columns: &mut Vec<Column>,
    place: usize,
    column: Column,
    width: usize,
) -> Result<(), Column> {
    if total(columns) + GAP + column.width() > width {
        return Err(column);
    }
    columns.insert(place, column);
    Ok(())
}

/// Squeezes the codes first, because names are there to be copied, and then the names.
fn give_way(columns: &mut [Column], width: usize) {
    let codes = columns.len() - 1;
    for (place, least) in [(codes, CODES_MIN), (1, 0)] {
        let over = total(columns).saturating_sub(width);
        if over > 0 {
            let room = columns[place].width().saturating_sub(over).max(least);
            columns[place].squeeze(room);
        }
    }
}

fn render(columns: &[Column], width: usize) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(columns.iter().map(|column| column.title));
    let rows = columns.first().map_or(0, |column| column.cells.len());
    for row in 0..rows {
        table.add_row(columns.iter().map(|column| column.cells[row].join("\n")));
    }
    for (column, layout) in table.column_iter_mut().zip(columns) {
        column.set_cell_alignment(layout.align);
        column.set_padding((0, 2));
    }
    if let Some(last) = table.column_mut(columns.len().saturating_sub(1)) {
        last.set_padding((0, 0));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

/// The codes that say most, gravest first, then how many more there are. That it bridges is said
/// only when nothing else is: it goes without saying for every bridge.
fn codes<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<String> {
    let mut counted: BTreeMap<(Reverse<Severity>, FindingCode), usize> = BTreeMap::new();
    for finding in findings {
        let key = (Reverse(finding.severity()), finding.code());
        *counted.entry(key).or_default() += 1;
    }
    if counted.len() > 1 {
        counted.retain(|(_, code), _| *code != FindingCode::NlbBridgesAlb);
    }
    let mut lines: Vec<String> = counted
        .iter()
        .map(|((_, code), number)| match number {
            1 => code.to_string(),
            _ => format!("{code} ({number})"),
        })
        .collect();
    shorten(&mut lines);
    if lines.is_empty() {
        lines.push("-".to_owned());
    }
    lines
}

fn shorten(lines: &mut Vec<String>) {
    if lines.len() > LINES {
        let more = lines.len() - (LINES - 1);
        lines.truncate(LINES - 1);
        lines.push(format!("+{more} more"));
    }
}

fn ports(row: &Row<'_>) -> Vec<String> {
    let ports: Vec<String> = row.ports.iter().map(u16::to_string).collect();
    let mut lines: Vec<String> = ports.chunks(2).map(|few| few.join(", ")).collect();
    shorten(&mut lines);
    lines
}

fn albs(row: &Row<'_>) -> Vec<String> {
    let mut lines: Vec<String> = row
        .albs
        .iter()
        .map(|alb| words::load_balancer(alb))
        .collect();
    shorten(&mut lines);
    lines
}

fn why(row: &Row<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for reason in &row.nlb.reasons {
        let line = words::reason(reason);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    shorten(&mut lines);
    lines
}
