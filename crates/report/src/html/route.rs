//! Where things stand in columns, so that few arrows cross and none runs through a thing.
//!
//! Knows columns and heights, nothing of what stands in them.

/// Between things of one column, in pixels, as everything here.
const SPACE: usize = 22;
/// The height of the lane that an arrow takes through a column where it does not stop.
const LANE: usize = 16;
/// How often columns are put in order after their neighbours: later rounds change next to nothing.
const ROUNDS: usize = 4;

/// A thing, or an arrow's lane, in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) column: usize,
    slot: usize,
}

/// The places that an arrow touches, one a column.
#[derive(Debug)]
pub(super) struct Route(Vec<Place>);

impl Route {
    /// From place to place.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Place, Place)> {
        self.0.iter().copied().zip(self.0.iter().copied().skip(1))
    }
}

/// Columns of things and lanes.
#[derive(Debug)]
pub(super) struct Grid {
    /// Heights, by column and slot.
    heights: Vec<Vec<usize>>,
    /// Slots from top to bottom, by column.
    order: Vec<Vec<usize>>,
    /// What is connected, in neighbouring columns.
    steps: Vec<(Place, Place)>,
}

impl Grid {
    /// A grid of so many columns.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            heights: vec![Vec::new(); columns],
            order: vec![Vec::new(); columns],
            steps: Vec::new(),
        }
    }

    /// Adds a thing at the bottom of a column.
    pub(super) fn add(&mut self, column: usize, height: usize) -> Place {
        let slot = self.heights[column].len();
        self.heights[column].push(height);
        self.order[column].push(slot);
        Place { column, slot }
    }

    /// Adds an arrow, with a lane in each column between.
    pub(super) fn connect(&mut self, from: Place, to: Place) -> Route {
        let mut places = vec![from];
        for column in from.column + 1..to.column {
            places.push(self.add(column, LANE));
        }
        places.push(to);
        let route = Route(places);
        self.steps.extend(route.steps());
        route
    }

    /// Puts each column in the order of its neighbours, to and fro.
    pub(super) fn arrange(&mut self) {
        let columns = self.order.len();
        for round in 0..ROUNDS {
            for at in 0..columns {
                let column = if round % 2 == 0 { at } else { columns - 1 - at };
                self.arrange_one(column);
            }
        }
    }

    fn arrange_one(&mut self, column: usize) {
        let middles: Vec<usize> = (0..self.heights[column].len())
            .map(|slot| self.wanted(Place { column, slot }))
            .collect();
        // Stable: what has no reason to move stays.
        self.order[column].sort_by_key(|slot| middles[*slot]);
    }

    /// The mean height of a place's neighbours; its own without any.
    fn wanted(&self, place: Place) -> usize {
        let (mut sum, mut number) = (0, 0);
        for (from, to) in &self.steps {
            let other = match (*from == place, *to == place) {
                (true, _) => to,
                (_, true) => from,
                (false, false) => continue,
            };
            sum += self.middle(*other);
            number += 1;
        }
        sum.checked_div(number)
            .unwrap_or_else(|| self.middle(place))
    }

    /// The height of the highest column.
    pub(super) fn height(&self) -> usize {
        let columns = 0..self.heights.len();
        columns
            .map(|column| self.height_of(column))
            .max()
            .unwrap_or_default()
    }

    fn height_of(&self, column: usize) -> usize {
        let heights = &self.heights[column];
        heights.iter().sum::<usize>() + SPACE * heights.len().saturating_sub(1)
    }

    /// The top of a place; columns stand in the middle of the height.
    pub(super) fn top(&self, place: Place) -> usize {
        let above = self.order[place.column]
            .iter()
            .take_while(|slot| **slot != place.slot)
            .map(|slot| self.heights[place.column][*slot] + SPACE);
        (self.height() - self.height_of(place.column)) / 2 + above.sum::<usize>()
    }

    /// The middle of a place.
    pub(super) fn middle(&self, place: Place) -> usize {
        self.top(place) + self.heights[place.column][place.slot] / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_past_a_thing_takes_a_lane_of_its_own() {
        let mut grid = Grid::new(3);
        let from = grid.add(0, 40);
        let between = grid.add(1, 40);
        let to = grid.add(2, 40);
        grid.connect(from, between);
        let route = grid.connect(from, to);
        grid.arrange();
        let (_, lane) = route.steps().next().expect("two steps");
        let (top, bottom) = (grid.top(between), grid.top(between) + 40);
        assert!(grid.middle(lane) < top || grid.middle(lane) > bottom);
        assert_eq!(route.steps().count(), 2);
    }

    #[test]
    fn things_stand_in_the_order_of_what_they_are_connected_to() {
        let mut grid = Grid::new(2);
        let left: Vec<Place> = (0..3).map(|_| grid.add(0, 30)).collect();
        let right: Vec<Place> = (0..3).map(|_| grid.add(1, 30)).collect();
        for (from, to) in left.iter().zip(right.iter().rev()) {
            grid.connect(*from, *to);
        }
        grid.arrange();
        for (from, to) in left.iter().zip(right.iter().rev()) {
            assert_eq!(grid.middle(*from), grid.middle(*to));
        }
    }
}
