//! What somebody may have meant who typed a name that does not exist.

/// How many are offered.
const MOST: usize = 5;

/// The names that look most like `typed`, the nearest first.
pub(crate) fn near<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let typed = typed.to_lowercase();
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let apart = strsim::osa_distance(&typed, &lower);
            let alike = apart <= (typed.chars().count() / 3).max(1);
            let part = typed.chars().count() > 2 && lower.contains(&typed);
            (alike || part).then_some((apart, name))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_parts_are_near_and_other_names_are_not() {
        let names = ["orders-nlb", "order-api", "billing-nlb", "search"];
        let near = |typed| near(typed, names.into_iter());
        assert_eq!(near("ordres-nlb"), ["orders-nlb"]);
        assert_eq!(near("ORDER"), ["order-api", "orders-nlb"]);
        assert_eq!(near("x"), [""; 0]);
        assert_eq!(near("payments"), [""; 0]);
    }
}
