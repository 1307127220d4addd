//! The plan of a matrix on this host: cells that would run, and those that are impossible, with
//! reasons.

use super::catalogue::{self, Catalogue};
use super::matrix::{Matrix, MatrixError};
use crate::constraints::{HostFacts, refusals};
use engine::workload::Workload;
use engine::workload::catalogue::UnknownWorkload;
use setup::bench::{Cell, ImpossibleCell};
use setup::bench::{NamedCell, WORKLOAD};
use setup::configuration::{AXES, Configuration, UnknownValue};

/// A cell of the matrix that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCell {
    /// Its names.
    pub cell: Cell,
    /// The configuration.
    pub configuration: Configuration,
    /// The workload.
    pub workload: Workload,
}

/// All cells of a matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BenchPlan {
    /// Those that can be run, in the order of the matrix.
    pub cells: Vec<PlannedCell>,
    /// Those that cannot be run on this host.
    pub impossible: Vec<ImpossibleCell>,
    /// The names of all of both, in the order of the matrix.
    pub named: Vec<NamedCell>,
    /// How many the matrix leaves out.
    pub excluded: usize,
}

/// The reasons for which there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The matrix.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A value.
    #[error(transparent)]
    Value(#[from] UnknownValue),
    /// A workload.
    #[error(transparent)]
    Workload(#[from] UnknownWorkload),
}

/// The cells of `matrix` on a host with these `facts`.
///
/// # Errors
/// When the matrix names something that is not known.
pub fn plan(matrix: &Matrix, facts: &HostFacts) -> Result<BenchPlan, PlanError> {
    let mut plan = BenchPlan::default();
    let workloads = matrix.workloads(&Catalogue)?;
    for point in matrix.points(&Catalogue)? {
        let configuration = Configuration::from_axes(&point)?;
        let axes = |axis: &str| configuration.axis(axis);
        for name in &workloads {
            if matrix.excludes(&axes, name) {
                plan.excluded += 1;
                continue;
            }
            let cell = Cell {
                configuration: configuration.to_string(),
                workload: name.clone(),
                label: matrix.label(&axes),
            };
            let workload = catalogue::workload(name)?;
            plan.name(&cell, &axes);
            plan.place(cell, &configuration, workload, facts);
        }
    }
    Ok(plan)
}

impl BenchPlan {
    /// Notes the names of a cell, unless it is there.
    fn name(&mut self, cell: &Cell, axes: &dyn Fn(&str) -> String) {
        let mut named = AXES.map(|axis| (axis.to_owned(), axes(axis))).to_vec();
        named.push((WORKLOAD.to_owned(), cell.workload.clone()));
        let named = NamedCell {
            configuration: cell.configuration.clone(),
            workload: cell.workload.clone(),
            axes: named.into_iter().collect(),
        };
        if !self.named.contains(&named) {
            self.named.push(named);
        }
    }

    /// Puts a cell where it belongs, unless it is there: patterns may overlap once defaults are
    /// filled in.
    fn place(
        &mut self,
        cell: Cell,
        configuration: &Configuration,
        workload: Workload,
        facts: &HostFacts,
    ) {
        let planned = self.cells.iter().map(|planned| &planned.cell);
        let impossible = self.impossible.iter().map(|impossible| &impossible.cell);
        if planned.chain(impossible).any(|other| other.is_same(&cell)) {
            return;
        }
        let refusals = refusals(configuration, &workload, facts).into_iter();
        let reasons: Vec<String> = refusals.map(|refusal| refusal.to_string()).collect();
        if reasons.is_empty() {
            self.cells.push(PlannedCell {
                cell,
                configuration: configuration.clone(),
                workload,
            });
        } else {
            self.impossible.push(ImpossibleCell { cell, reasons });
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use engine::cgroup::CgroupLayout;

    fn planned(text: &str) -> BenchPlan {
        let facts = HostFacts {
            has_runtime: |_| true,
            has_program: |_| true,
            missing_for_image: |_| Vec::new(),
            cgroups: CgroupLayout::V1,
            missing_storage: |_, _| None,
        };
        plan(&Matrix::parse(text).unwrap(), &facts).unwrap()
    }

    #[test]
    fn what_is_impossible_here_is_listed_with_the_reason() {
        let plan = planned(
            r#"
            workloads = ["hello-world"]
            label = "{runtime} on {storage}"
            [[configurations]]
            runtime = ["libcontainer", "crun"]
            storage = "overlay"
            cgroup = ["v1", "v2"]
            [[configurations]]
            runtime = "crun"
            storage = "overlay"
            cgroup = "v1"
            network = "none"
            [[exclude]]
            runtime = "libcontainer"
            cgroup = "v2"
            "#,
        );
        let cells: Vec<_> = plan
            .cells
            .iter()
            .map(|cell| &*cell.cell.configuration)
            .collect();
        assert_eq!(
            cells,
            [
                "embedded/libcontainer/overlay/v1/host-gnu/none/root",
                "embedded/crun/overlay/v1/host-gnu/none/root",
            ]
        );
        assert_eq!(plan.cells[1].cell.label, "crun on overlay");
        let impossible = &plan.impossible[0];
        assert_eq!(plan.impossible.len(), 1);
        assert!(
            impossible.reasons[0].contains("version 1"),
            "{impossible:?}"
        );
        assert_eq!(plan.excluded, 1);
    }

    #[test]
    fn two_programs_of_one_name_are_two_cells() {
        let facts = HostFacts {
            has_runtime: |_| true,
            has_program: |_| true,
            missing_for_image: |_| Vec::new(),
            cgroups: CgroupLayout::V1,
            missing_storage: |_, _| None,
        };
        let text = r#"
            workloads = "hello-world"
            configurations = [{ runtime = ["/opt/a/crun", "/opt/b/crun"] }]
        "#;
        let plan = plan(&Matrix::parse(text).unwrap(), &facts).unwrap();
        let labels = plan.cells.iter().map(|cell| &*cell.cell.configuration);
        assert_eq!(
            labels.collect::<Vec<_>>(),
            [
                "embedded/%2Fopt%2Fa%2Fcrun/auto/host/host-gnu/none/root",
                "embedded/%2Fopt%2Fb%2Fcrun/auto/host/host-gnu/none/root",
            ]
        );
    }
}
