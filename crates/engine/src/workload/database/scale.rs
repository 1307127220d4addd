//! How many rows the tables have at each size.

use setup::size::Size;

/// Districts of a warehouse (clause 1.2 of the specification).
pub const DISTRICTS: u64 = 10;
/// Of ten orders, as many are new (clause 4.3.3.1: 900 of 3 000).
const NEW_ORDERS_OF_TEN: u64 = 3;

/// The scale from which the numbers of rows follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Items, each also in stock; 100 000 in the specification.
    pub items: u64,
    /// Customers of each district, each with one order; 3 000 in the specification.
    pub customers: u64,
}

impl Scale {
    /// The scale at which the file has the size that is asked for.
    pub const fn of(size: Size) -> Self {
        let (items, customers) = match size {
            Size::Xs => (110, 3),
            Size::Sm => (562, 16),
            Size::Md => (2_980, 89),
            Size::Lg => (13_740, 412),
            Size::Xl => (127_300, 3_820),
        };
        Self { items, customers }
    }

    /// Number of the first order that has not been delivered; those after it have not either.
    pub const fn first_new_order(self) -> u64 {
        self.customers - self.customers * NEW_ORDERS_OF_TEN / 10 + 1
    }
}
