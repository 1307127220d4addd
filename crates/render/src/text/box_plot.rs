//! Box plots in one line of text: `├──▒▒┃▒▒▒──┤  ·`.

use setup::bench::StageStatistics;

/// Between a whisker's end and the box.
const WHISKER: char = '─';
/// From quartile to quartile.
const BOX: char = '▒';

/// A box plot over `columns` columns that stand for 0 to `scale_ns`. What lies beyond is drawn at
/// the right edge.
pub(crate) fn box_plot(stage: &StageStatistics, scale_ns: u64, columns: usize) -> String {
    let Some(last) = columns.checked_sub(1) else {
        return String::new();
    };
    let column = |value_ns: u64| {
        let steps = u128::from(value_ns) * last as u128 * 2 + u128::from(scale_ns);
        let rounded = steps.checked_div(u128::from(scale_ns) * 2).unwrap_or(0);
        usize::try_from(rounded).unwrap_or(last).min(last)
    };
    let mut cells = vec![' '; columns];
    // Later signs stand above earlier ones where they share a column.
    for &outlier_ns in &stage.outliers_ns {
        let is_beyond = outlier_ns > scale_ns;
        cells[column(outlier_ns)] = if is_beyond { '›' } else { '·' };
    }
    let (low, high) = (column(stage.low_whisker_ns), column(stage.high_whisker_ns));
    cells[low..=high].fill(WHISKER);
    cells[low] = '├';
    cells[high] = '┤';
    cells[column(stage.p25_ns)..=column(stage.p75_ns)].fill(BOX);
    cells[column(stage.median_ns)] = '┃';
    let line: String = cells.into_iter().collect();
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use setup::bench::IntervalNs;

    fn stage(figures: [u64; 5], outliers_ns: Vec<u64>) -> StageStatistics {
        let [low_whisker_ns, p25_ns, median_ns, p75_ns, high_whisker_ns] = figures;
        StageStatistics {
            name: "create".to_owned(),
            runs: 20,
            best_runs: 15,
            best_mean_ns: p25_ns,
            mean_ns: median_ns,
            median_ns,
            median_interval: IntervalNs {
                low_ns: 0,
                high_ns: 0,
            },
            min_ns: low_whisker_ns,
            low_whisker_ns,
            p25_ns,
            p75_ns,
            high_whisker_ns,
            max_ns: high_whisker_ns,
            outliers_ns,
        }
    }

    #[test]
    fn figures_stand_where_they_belong() {
        let plain = stage([2, 4, 6, 9, 12], vec![15]);
        assert_eq!(box_plot(&plain, 20, 21), "  ├─▒▒┃▒▒▒──┤  ·");
        assert_eq!(box_plot(&stage([5; 5], vec![99]), 10, 11), "     ┃    ›");
        assert_eq!(box_plot(&stage([0; 5], Vec::new()), 0, 5), "┃");
        assert_eq!(box_plot(&plain, 20, 0), "");
    }

    proptest! {
        #[test]
        fn a_plot_never_sticks_out(mut figures: [u64; 5], outliers: Vec<u64>, scale_ns: u64, columns in 0_usize..60) {
            figures.sort_unstable();
            let drawn = box_plot(&stage(figures, outliers), scale_ns, columns);
            prop_assert!(drawn.chars().count() <= columns);
            prop_assert!(columns == 0 || drawn.contains('┃'));
        }
    }
}
