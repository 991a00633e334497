//! Whether metrics show that nothing passed an NLB (H37). They appear only while something passes,
//! so nothing told, nothing passed and another load balancer's name look alike: capacity units, which
//! are told always, say that it was this NLB that was asked about.

use unbridge_model::usage::{Measure, Usage};

const DAY: u32 = 86_400;

/// Measures that must have been read, and must show nothing.
const FLOWS_AND_BYTES: [Measure; 3] = [
    Measure::ProcessedBytes,
    Measure::NewFlowCount,
    Measure::ActiveFlowCount,
];

/// Why it is not shown that nothing passed for so many days; `None` when it is.
pub(super) fn not_shown(usage: Option<&Usage>, days: u16) -> Option<String> {
    let Some(usage) = usage else {
        return Some("its metrics were not read".to_owned());
    };
    let a_day = usize::try_from(DAY.checked_div(usage.period).unwrap_or(0)).unwrap_or(0);
    let periods = a_day * usize::from(days);
    let read = usize::try_from(usage.periods).unwrap_or(usize::MAX);
    if periods == 0 || read < periods {
        let read = read.checked_div(a_day).unwrap_or(0);
        return Some(format!(
            "its metrics were read for {read} days, and {days} have to be quiet"
        ));
    }
    for measure in FLOWS_AND_BYTES {
        if usage.values(measure).is_none() {
            return Some(format!("its metric {measure} was not read"));
        }
    }
    let units = Measure::OF_NLBS
        .iter()
        .filter(|measure| !is_level_of_units(**measure));
    for measure in units {
        let values = usage.values(*measure).unwrap_or_default();
        let last = values.len().saturating_sub(periods);
        let lately = values.get(last..).unwrap_or_default();
        let ago = lately
            .iter()
            .rev()
            .position(|value| value.is_some_and(|value| value > 0.0));
        if let Some(ago) = ago {
            let ago = ago / a_day;
            return Some(format!(
                "its metric {measure} shows traffic {ago} days before the scan"
            ));
        }
    }
    let Some(units) = usage.values(Measure::ConsumedLcus) else {
        return Some("its metric consumed-lcus was not read".to_owned());
    };
    let first = units.len().saturating_sub(periods);
    let days_told = units.get(first..).unwrap_or_default();
    let days_told = days_told.chunks(a_day);
    let told = days_told
        .filter(|day| day.iter().any(Option::is_some))
        .count();
    (told < usize::from(days)).then(|| {
        format!(
            "capacity units, which AWS always tells, are there for {told} of {days} days: the NLB is younger, or the metrics are not its own"
        )
    })
}

fn is_level_of_units(measure: Measure) -> bool {
    matches!(
        measure,
        Measure::ConsumedLcus
            | Measure::ConsumedLcusTcp
            | Measure::ConsumedLcusTls
            | Measure::ConsumedLcusUdp
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use unbridge_model::id::{LoadBalancerArn, Region};
    use unbridge_model::text::Text;
    use unbridge_model::usage::Measured;

    use super::*;

    fn usage(days: u32, series: &[(Measure, Vec<Option<f64>>)]) -> Usage {
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1";
        Usage {
            region: Region::new("eu-west-1").expect("a region"),
            of: Measured::LoadBalancer(LoadBalancerArn::new(arn).expect("an ARN")),
            from: Text::new("2026-01-01T00:00:00Z"),
            period: 3600,
            periods: days * 24,
            series: series.iter().cloned().collect::<BTreeMap<_, _>>(),
        }
    }

    /// Nothing passed for so many days; units are told in every hour but these first ones.
    fn quiet(days: u32, before: usize) -> Vec<(Measure, Vec<Option<f64>>)> {
        let mut units = vec![Some(0.0); days as usize * 24];
        units.iter_mut().take(before).for_each(|hour| *hour = None);
        let none = FLOWS_AND_BYTES.map(|measure| (measure, Vec::new()));
        let units = [(Measure::ConsumedLcus, units)];
        none.into_iter().chain(units).collect()
    }

    #[test]
    fn nothing_is_shown_by_capacity_units_all_the_time_and_no_flow_h37() {
        assert_eq!(not_shown(Some(&usage(35, &quiet(35, 0))), 35), None);
        assert_eq!(not_shown(Some(&usage(40, &quiet(40, 5 * 24))), 35), None);
        let holes = usage(35, &quiet(35, 20));
        assert_eq!(
            not_shown(Some(&holes), 35),
            None,
            "an hour may lack in a day"
        );
    }

    #[test]
    fn what_was_not_told_is_not_nothing_h37() {
        let says = |usage: Option<&Usage>, word: &str| {
            let why = not_shown(usage, 35).expect("a reason");
            assert!(why.contains(word), "{why}");
        };
        says(None, "not read");
        says(Some(&usage(30, &quiet(30, 0))), "30 days");
        says(Some(&usage(35, &quiet(35, 24))), "34 of 35");
        let units = |values| {
            let mut series = quiet(35, 0);
            series.retain(|(measure, _)| *measure != Measure::ConsumedLcus);
            series.push((Measure::ConsumedLcus, values));
            usage(35, &series)
        };
        says(Some(&units(Vec::new())), "0 of 35");
        for measure in FLOWS_AND_BYTES {
            let mut series = quiet(35, 0);
            series.retain(|(known, _)| *known != measure);
            says(Some(&usage(35, &series)), "was not read");
        }
    }

    #[test]
    fn one_flow_or_byte_of_any_protocol_is_traffic_h37() {
        for measure in [
            Measure::ProcessedBytes,
            Measure::NewFlowCountTls,
            Measure::ActiveFlowCountUdp,
        ] {
            let mut series = quiet(36, 0);
            series.retain(|(known, _)| *known != measure);
            let mut values = vec![None; 36 * 24];
            values[30] = Some(1.0);
            series.push((measure, values));
            let why = not_shown(Some(&usage(36, &series)), 35).expect("a reason");
            assert!(why.contains("34 days before"), "{why}");
            // A day earlier it is out of the window.
            let found = series.last_mut().expect("the measure");
            found.1.swap(30, 20);
            assert_eq!(not_shown(Some(&usage(36, &series)), 35), None);
        }
    }
}
