//! What NLBs cost, what their going would save, and what makes up the cost.

use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use unbridge_model::assessment::NlbAssessment;
use unbridge_model::estimate::{Component, Estimate, Range};

use super::part::Part;
use super::record::{AboutNlb, Record, about_nlb};
use crate::cells::{NO_ESTIMATE, joined, low, missing};
use crate::columnar::Column;
use crate::columnar::Value::{Amount, Count, Day, Text};

/// The costs of one NLB.
pub(super) struct Cost<'p> {
    part: &'p Part<'p>,
    nlb: &'p NlbAssessment,
    estimate: Option<&'p Estimate>,
}

/// One part of the cost of an NLB.
pub(super) struct CostComponent<'p> {
    part: &'p Part<'p>,
    nlb: &'p NlbAssessment,
    estimate: &'p Estimate,
    component: &'p Component,
}

impl Cost<'_> {
    fn figure(&self, of: fn(&Estimate) -> Range) -> Option<Range> {
        self.estimate.map(of)
    }

    fn missing(&self) -> Option<String> {
        match self.estimate {
            Some(estimate) => missing(&estimate.missing),
            None => Some(NO_ESTIMATE.to_owned()),
        }
    }

    fn prices_as_of(&self) -> Option<Date> {
        Some(self.part.view.costs.as_ref()?.prices_as_of)
    }

    fn prices_days_old(&self) -> Option<usize> {
        let costs = self.part.view.costs.as_ref()?;
        usize::try_from(costs.prices_too_old?).ok()
    }
}

fn cost(estimate: &Estimate) -> Range {
    estimate.monthly_cost
}

fn savings(estimate: &Estimate) -> Range {
    estimate.monthly_savings
}

fn potential(estimate: &Estimate) -> Range {
    estimate.monthly_potential
}

fn double_running(estimate: &Estimate) -> Range {
    estimate.double_running.1
}

impl<'p> Record<'p> for Cost<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let rows = part.rows.iter();
        Ok(rows
            .map(|row| Self {
                part,
                nlb: row.nlb,
                estimate: row.estimate,
            })
            .collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let mut columns = about_nlb();
        columns.extend(amounts());
        columns.extend(what_they_rest_on());
        columns
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}

impl AboutNlb for Cost<'_> {
    fn nlb(&self) -> Option<&NlbAssessment> {
        Some(self.nlb)
    }
}

fn amounts<'p>() -> Vec<Column<Cost<'p>>> {
    let column = Column::new;
    vec![
        column(
            "currency",
            Text(|of| Some(of.estimate?.currency.to_string())),
        ),
        column("monthly_cost_low", Amount(|of| low(of.figure(cost)?))),
        column("monthly_cost", Amount(|of| of.figure(cost)?.expected)),
        column("monthly_cost_high", Amount(|of| of.figure(cost)?.high)),
        column("monthly_savings_low", Amount(|of| low(of.figure(savings)?))),
        column("monthly_savings", Amount(|of| of.figure(savings)?.expected)),
        column(
            "monthly_savings_high",
            Amount(|of| of.figure(savings)?.high),
        ),
        column(
            "monthly_potential_low",
            Amount(|of| low(of.figure(potential)?)),
        ),
        column(
            "monthly_potential",
            Amount(|of| of.figure(potential)?.expected),
        ),
        column(
            "monthly_potential_high",
            Amount(|of| of.figure(potential)?.high),
        ),
        column(
            "double_running_days",
            Count(|of| usize::try_from(of.estimate?.double_running.0).ok()),
        ),
        column(
            "double_running_low",
            Amount(|of| low(of.figure(double_running)?)),
        ),
        column(
            "double_running",
            Amount(|of| of.figure(double_running)?.expected),
        ),
        column(
            "double_running_high",
            Amount(|of| of.figure(double_running)?.high),
        ),
    ]
}

fn what_they_rest_on<'p>() -> Vec<Column<Cost<'p>>> {
    let column = Column::new;
    let left_out = |of: &Cost<'p>| joined(of.estimate?.left_out.iter().map(ToString::to_string));
    vec![
        column("missing", Text(Cost::missing)),
        column("left_out", Text(left_out)),
        column(
            "confidence",
            Text(|of| Some(of.estimate?.confidence.to_string())),
        ),
        column("prices_as_of", Day(Cost::prices_as_of)),
        column("prices_days_old", Count(Cost::prices_days_old)),
    ]
}

impl<'p> Record<'p> for CostComponent<'p> {
    fn of(part: &'p Part<'p>) -> io::Result<Vec<Self>> {
        let rows = part.rows.iter();
        let estimates = rows.filter_map(|row| Some((row.nlb, row.estimate?)));
        Ok(estimates
            .flat_map(|(nlb, estimate)| {
                let components = estimate.components.iter();
                components.map(move |component| Self {
                    part,
                    nlb,
                    estimate,
                    component,
                })
            })
            .collect())
    }

    fn columns() -> Vec<Column<Self>> {
        let column = Column::new;
        let price = |of: &Self| Some(of.component.price.as_ref()?.amount);
        let source = |of: &Self| Some(of.component.price.as_ref()?.source.to_string());
        let mut columns = about_nlb();
        columns.extend([
            column(
                "item",
                Text(|of: &Self| Some(of.component.item.to_string())),
            ),
            column("unit", Text(|of| Some(of.component.item.unit().to_owned()))),
            column("quantity_low", Amount(|of| low(of.component.quantity))),
            column("quantity", Amount(|of| of.component.quantity.expected)),
            column("quantity_high", Amount(|of| of.component.quantity.high)),
            column(
                "currency",
                Text(|of| Some(of.estimate.currency.to_string())),
            ),
            column("unit_price", Amount(price)),
            column("price_source", Text(source)),
            column("monthly_cost_low", Amount(|of| low(of.component.monthly))),
            column("monthly_cost", Amount(|of| of.component.monthly.expected)),
            column("monthly_cost_high", Amount(|of| of.component.monthly.high)),
            column("formula", Text(|of| Some(of.component.formula.to_string()))),
            column("missing", Text(|of| missing(&of.component.missing))),
        ]);
        columns
    }

    fn scanned(&self) -> Option<Timestamp> {
        self.part.scanned
    }
}

impl AboutNlb for CostComponent<'_> {
    fn nlb(&self) -> Option<&NlbAssessment> {
        Some(self.nlb)
    }
}
