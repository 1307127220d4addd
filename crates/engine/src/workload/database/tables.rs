//! The tables: their columns, and what fills each.

use Fill::{
    AnyItem, Cents, Chosen, Constant, Credit, Customer, Date, Digits, Key, LastName, LineCount,
    NextOrder, Text, UnlessNew,
};
use Level::{District, Item, Line, NewOrder, Order, Person, Warehouse};

/// A loop over rows. The loops of a table stand inside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The one warehouse.
    Warehouse,
    /// The districts of a warehouse.
    District,
    /// The customers of a district.
    Person,
    /// The orders of a district.
    Order,
    /// Those that have not been delivered.
    NewOrder,
    /// The lines of an order.
    Line,
    /// The items.
    Item,
}

/// The contents of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The number of the row in this loop, from 1.
    Key(Level),
    /// The same number in each row.
    Constant(i64),
    /// A number between two, both included.
    Cents(u64, u64),
    /// Random characters, as many as between two numbers.
    Text(u64, u64),
    /// So many random digits.
    Digits(u64),
    /// The same text in each row.
    Chosen(&'static str),
    /// A day of the year 2020 and a second of it.
    Date,
    /// A last name made of syllables (clause 4.3.2.3).
    LastName,
    /// Good credit, or bad for one in ten.
    Credit,
    /// The customer of an order: each has exactly one.
    Customer,
    /// The number of any item.
    AnyItem,
    /// The number of lines of the order.
    LineCount,
    /// The number that the next order of the district will have.
    NextOrder,
    /// A number from 1 to this one, or a date for 0; nothing in orders that are new.
    UnlessNew(u64),
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its loops, outermost first.
    pub levels: &'static [Level],
    /// Its columns.
    pub columns: &'static [(&'static str, Fill)],
    /// The columns of its primary key, if it has one.
    pub key: &'static str,
}

impl Table {
    /// The statement that makes the table.
    pub fn schema(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, fill)| format!("{name} {}", fill.sql_type()))
            .collect();
        let key = match self.key {
            "" => String::new(),
            columns => format!(", PRIMARY KEY ({columns})"),
        };
        format!(
            "CREATE TABLE {} ({}{key});\n",
            self.name,
            columns.join(", ")
        )
    }
}

impl Fill {
    const fn sql_type(self) -> &'static str {
        match self {
            Key(_) | Constant(_) | Cents(..) | Customer | AnyItem | LineCount | NextOrder
            | UnlessNew(1..) => "INTEGER",
            Text(..) | Digits(_) | Chosen(_) | Date | LastName | Credit | UnlessNew(0) => "TEXT",
        }
    }
}

/// All tables, in the order in which they are read and copied.
pub const TABLES: [Table; 9] = [
    Table {
        name: "warehouse",
        levels: &[Warehouse],
        columns: &[
            ("w_id", Key(Warehouse)),
            ("w_name", Text(6, 10)),
            ("w_street_1", Text(10, 20)),
            ("w_street_2", Text(10, 20)),
            ("w_city", Text(10, 20)),
            ("w_state", Text(2, 2)),
            ("w_zip", Digits(9)),
            ("w_tax", Cents(0, 2_000)),
            ("w_ytd", Constant(30_000_000)),
        ],
        key: "w_id",
    },
    Table {
        name: "district",
        levels: &[Warehouse, District],
        columns: &[
            ("d_id", Key(District)),
            ("d_w_id", Key(Warehouse)),
            ("d_name", Text(6, 10)),
            ("d_street_1", Text(10, 20)),
            ("d_street_2", Text(10, 20)),
            ("d_city", Text(10, 20)),
            ("d_state", Text(2, 2)),
            ("d_zip", Digits(9)),
            ("d_tax", Cents(0, 2_000)),
            ("d_ytd", Constant(3_000_000)),
            ("d_next_o_id", NextOrder),
        ],
        key: "d_w_id, d_id",
    },
    Table {
        name: "customer",
        levels: &[Warehouse, District, Person],
        columns: &[
            ("c_id", Key(Person)),
            ("c_d_id", Key(District)),
            ("c_w_id", Key(Warehouse)),
            ("c_first", Text(8, 16)),
            ("c_middle", Chosen("OE")),
            ("c_last", LastName),
            ("c_street_1", Text(10, 20)),
            ("c_street_2", Text(10, 20)),
            ("c_city", Text(10, 20)),
            ("c_state", Text(2, 2)),
            ("c_zip", Digits(9)),
            ("c_phone", Digits(16)),
            ("c_since", Date),
            ("c_credit", Credit),
            ("c_credit_lim", Constant(5_000_000)),
            ("c_discount", Cents(0, 5_000)),
            ("c_balance", Constant(-1_000)),
            ("c_ytd_payment", Constant(1_000)),
            ("c_payment_cnt", Constant(1)),
            ("c_delivery_cnt", Constant(0)),
            ("c_data", Text(300, 500)),
        ],
        key: "c_w_id, c_d_id, c_id",
    },
    Table {
        name: "history",
        levels: &[Warehouse, District, Person],
        columns: &[
            ("h_c_id", Key(Person)),
            ("h_c_d_id", Key(District)),
            ("h_c_w_id", Key(Warehouse)),
            ("h_d_id", Key(District)),
            ("h_w_id", Key(Warehouse)),
            ("h_date", Date),
            ("h_amount", Constant(1_000)),
            ("h_data", Text(12, 24)),
        ],
        key: "",
    },
    Table {
        name: "new_order",
        levels: &[Warehouse, District, NewOrder],
        columns: &[
            ("no_o_id", Key(NewOrder)),
            ("no_d_id", Key(District)),
            ("no_w_id", Key(Warehouse)),
        ],
        key: "no_w_id, no_d_id, no_o_id",
    },
    Table {
        name: "orders",
        levels: &[Warehouse, District, Order],
        columns: &[
            ("o_id", Key(Order)),
            ("o_d_id", Key(District)),
            ("o_w_id", Key(Warehouse)),
            ("o_c_id", Customer),
            ("o_entry_d", Date),
            ("o_carrier_id", UnlessNew(10)),
            ("o_ol_cnt", LineCount),
            ("o_all_local", Constant(1)),
        ],
        key: "o_w_id, o_d_id, o_id",
    },
    Table {
        name: "order_line",
        levels: &[Warehouse, District, Order, Line],
        columns: &[
            ("ol_o_id", Key(Order)),
            ("ol_d_id", Key(District)),
            ("ol_w_id", Key(Warehouse)),
            ("ol_number", Key(Line)),
            ("ol_i_id", AnyItem),
            ("ol_supply_w_id", Key(Warehouse)),
            ("ol_delivery_d", UnlessNew(0)),
            ("ol_quantity", Constant(5)),
            ("ol_amount", Cents(1, 999_999)),
            ("ol_dist_info", Text(24, 24)),
        ],
        key: "ol_w_id, ol_d_id, ol_o_id, ol_number",
    },
    Table {
        name: "item",
        levels: &[Item],
        columns: &[
            ("i_id", Key(Item)),
            ("i_im_id", Cents(1, 10_000)),
            ("i_name", Text(14, 24)),
            ("i_price", Cents(100, 10_000)),
            ("i_data", Text(26, 50)),
        ],
        key: "i_id",
    },
    Table {
        name: "stock",
        levels: &[Warehouse, Item],
        columns: &[
            ("s_i_id", Key(Item)),
            ("s_w_id", Key(Warehouse)),
            ("s_quantity", Cents(10, 100)),
            ("s_dist_01", Text(24, 24)),
            ("s_dist_02", Text(24, 24)),
            ("s_dist_03", Text(24, 24)),
            ("s_dist_04", Text(24, 24)),
            ("s_dist_05", Text(24, 24)),
            ("s_dist_06", Text(24, 24)),
            ("s_dist_07", Text(24, 24)),
            ("s_dist_08", Text(24, 24)),
            ("s_dist_09", Text(24, 24)),
            ("s_dist_10", Text(24, 24)),
            ("s_ytd", Constant(0)),
            ("s_order_cnt", Constant(0)),
            ("s_remote_cnt", Constant(0)),
            ("s_data", Text(26, 50)),
        ],
        key: "s_w_id, s_i_id",
    },
];
