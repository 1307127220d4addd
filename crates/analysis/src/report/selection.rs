//! A part of a report: some of its runs, containers, stages or roles.

use std::collections::BTreeSet;

use super::Run;
use crate::Analysis;
use trace::role::Role;

/// What of a report is asked for; without any wish, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Names of stages.
    pub stages: Vec<String>,
    /// Names of containers, or the beginnings of their ids.
    pub containers: Vec<String>,
    /// The run, counted from 1.
    pub run: Option<usize>,
    /// Roles of processes. The report is made of them alone ([`crate::analyse_roles`]).
    pub roles: Vec<Role>,
}

/// Nothing of a recording is what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {wish}; {}", known(.there))]
pub struct NothingSelected {
    /// What was asked for.
    pub wish: String,
    /// What there is of that kind.
    pub there: Vec<String>,
}

fn known(names: &[String]) -> String {
    if names.is_empty() {
        "there is none in this recording".to_owned()
    } else {
        format!("this recording has {}", names.join(", "))
    }
}

impl Selection {
    /// Whether anything is asked for.
    pub fn is_empty(&self) -> bool {
        self.has_all_stages() && self.roles.is_empty()
    }

    /// Whether all stages of all runs stay.
    fn has_all_stages(&self) -> bool {
        self.stages.is_empty() && self.containers.is_empty() && self.run.is_none()
    }

    /// The runs and stages of an analysis that are asked for. What several runs have in common goes, unless all of
    /// them stay.
    ///
    /// # Errors
    /// When there is nothing of one of the wishes.
    pub fn of(&self, analysis: Analysis) -> Result<Analysis, NothingSelected> {
        if self.has_all_stages() {
            return Ok(analysis);
        }
        let kept = self.runs(&analysis)?;
        Ok(self.reduced(analysis, &kept))
    }

    /// The positions of the runs that are asked for.
    ///
    /// # Errors
    /// When there is nothing of one of the wishes.
    pub fn runs(&self, analysis: &Analysis) -> Result<Vec<usize>, NothingSelected> {
        let all = &analysis.report.runs;
        self.check(all)?;
        let is_kept = |index: usize, run: &Run| {
            self.run.is_none_or(|number| number == index + 1)
                && (self.containers.is_empty()
                    || self.containers.iter().any(|name| is_called(run, name)))
                && (self.stages.is_empty() || run.stages.iter().any(|stage| self.has(&stage.name)))
        };
        let kept = (0..all.len()).filter(|&index| is_kept(index, &all[index]));
        Ok(kept.collect())
    }

    fn reduced(&self, analysis: Analysis, kept: &[usize]) -> Analysis {
        let Analysis { mut report, paths } = analysis;
        let runs = std::mem::take(&mut report.runs);
        let runs = runs.into_iter().enumerate();
        report.runs = runs
            .filter(|(index, _)| kept.contains(index))
            .map(|(_, mut run)| {
                run.stages.retain(|stage| self.has(&stage.name));
                run
            })
            .collect();
        report.aggregates.clear();
        let paths = paths.into_iter().filter_map(|mut path| {
            path.run = kept.iter().position(|&index| index == path.run)?;
            self.has(&path.stage).then_some(path)
        });
        let paths = paths.collect();
        Analysis { report, paths }
    }

    fn has(&self, stage: &str) -> bool {
        self.stages.is_empty() || self.stages.iter().any(|name| name == stage)
    }

    fn check_roles(&self, runs: &[Run]) -> Result<(), NothingSelected> {
        let mut missing = self.roles.iter().filter(|&&role| !is_there(runs, role));
        let Some(role) = missing.next() else {
            return Ok(());
        };
        let there = Role::ALL.iter().filter(|&&role| is_there(runs, role));
        Err(NothingSelected {
            wish: format!("process of the role {}", role.name()),
            there: there.map(|role| role.name().to_owned()).collect(),
        })
    }

    fn check(&self, runs: &[Run]) -> Result<(), NothingSelected> {
        self.check_roles(runs)?;
        if let Some(number) = self.run
            && !(1..=runs.len()).contains(&number)
        {
            let there = match runs.len() {
                0 => Vec::new(),
                1 => vec!["run 1 alone".to_owned()],
                last => vec![format!("runs 1 to {last}")],
            };
            let wish = format!("run {number}");
            return Err(NothingSelected { wish, there });
        }
        for name in &self.containers {
            if !runs.iter().any(|run| is_called(run, name)) {
                let names = runs.iter().filter_map(name_of);
                let there = names.collect::<BTreeSet<_>>().into_iter().collect();
                let wish = format!("container {name:?}");
                return Err(NothingSelected { wish, there });
            }
        }
        let stages = runs.iter().flat_map(|run| &run.stages);
        let there: BTreeSet<&str> = stages.map(|stage| stage.name.as_str()).collect();
        for name in &self.stages {
            if !there.contains(name.as_str()) {
                let wish = format!("stage {name:?}");
                let there = there.into_iter().map(str::to_owned).collect();
                return Err(NothingSelected { wish, there });
            }
        }
        Ok(())
    }
}

/// Whether a process of this role did anything, or was waited for.
fn is_there(runs: &[Run], role: Role) -> bool {
    let mut stages = runs.iter().flat_map(|run| &run.stages);
    stages.any(|stage| {
        stage.processes.iter().any(|row| row.role == role)
            || stage.causes.iter().any(|row| row.role == role)
    })
}

/// Whether a run's container has this name, or an id that begins like this.
fn is_called(run: &Run, name: &str) -> bool {
    run.container.as_ref().is_some_and(|container| {
        container.name.as_deref() == Some(name)
            || (!name.is_empty() && container.id.starts_with(name))
    })
}

fn name_of(run: &Run) -> Option<String> {
    let container = run.container.as_ref()?;
    let id = Some(&container.id).filter(|id| !id.is_empty());
    container.name.as_ref().or(id).cloned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::report::path::StagePath;
    use crate::report::{CauseRow, ContainerIdentity, ProcessRow, Report, StageReport};
    use trace::phase::Phase;

    fn run(name: &str, stages: &[&str]) -> Run {
        let stages = stages.iter().map(|&name| StageReport {
            name: name.into(),
            ..StageReport::default()
        });
        Run {
            container: Some(ContainerIdentity {
                id: format!("{name}0123"),
                name: Some(name.into()),
            }),
            stages: stages.collect(),
            ..Run::default()
        }
    }

    fn analysis() -> Analysis {
        let runs = vec![run("a", &["create", "start"]), run("b", &["create"])];
        let paths = [(0, "create"), (0, "start"), (1, "create")];
        let paths = paths.map(|(run, stage)| StagePath {
            run,
            stage: stage.into(),
            ..StagePath::default()
        });
        Analysis {
            report: Report {
                runs,
                ..Report::default()
            },
            paths: paths.into(),
        }
    }

    fn names(analysis: &Analysis) -> Vec<(&str, Vec<&str>)> {
        let runs = analysis.report.runs.iter();
        runs.map(|run| {
            let container = run.container.as_ref().unwrap();
            let stages = run.stages.iter().map(|stage| stage.name.as_str());
            (container.name.as_deref().unwrap(), stages.collect())
        })
        .collect()
    }

    #[test]
    fn a_stage_of_all_runs() {
        let selection = Selection {
            stages: vec!["create".into()],
            ..Selection::default()
        };
        let found = selection.of(analysis()).unwrap();
        assert_eq!(
            names(&found),
            [("a", vec!["create"]), ("b", vec!["create"])]
        );
        let paths: Vec<usize> = found.paths.iter().map(|path| path.run).collect();
        assert_eq!(paths, [0, 1]);
    }

    #[test]
    fn paths_follow_the_run_that_stays() {
        for selection in [
            Selection {
                containers: vec!["b01".into()],
                ..Selection::default()
            },
            Selection {
                run: Some(2),
                ..Selection::default()
            },
        ] {
            let found = selection.of(analysis()).unwrap();
            assert_eq!(names(&found), [("b", vec!["create"])]);
            assert_eq!(found.paths.len(), 1);
            assert_eq!(found.paths[0].run, 0);
        }
    }

    /// An analysis of one run, in which the runtime is waited for and a shim only lives.
    fn of_two_roles() -> Analysis {
        let mut analysis = analysis();
        let stage = &mut analysis.report.runs[0].stages[0];
        stage.causes = vec![CauseRow {
            role: Role::Runtime,
            comm: "crun".into(),
            phase: Phase::User,
            part: String::new(),
            syscall: None,
            cause: String::new(),
            cause_kind: None,
            critical_path_ns: 1,
            pieces: 1,
            files: None,
        }];
        stage.processes = vec![ProcessRow {
            pid: 1,
            comm: "conmon".into(),
            role: Role::Shim,
            thread_ns: 1,
            cpu_ns: 1,
            syscalls: 0,
            minor_faults: 0,
            major_faults: 0,
        }];
        analysis
    }

    #[test]
    fn roles_leave_runs_stages_and_what_runs_have_in_common() {
        let selection = Selection {
            roles: vec![Role::Shim, Role::Runtime],
            ..Selection::default()
        };
        assert!(!selection.is_empty());
        let whole = of_two_roles();
        assert_eq!(selection.of(whole.clone()), Ok(whole.clone()));
        assert_eq!(selection.runs(&whole), Ok(vec![0, 1]));
    }

    #[test]
    fn a_role_that_nobody_has_is_refused_with_those_that_somebody_has() {
        let selection = Selection {
            roles: vec![Role::Runtime, Role::Client],
            ..Selection::default()
        };
        let error = selection.runs(&of_two_roles()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no process of the role client; this recording has shim, runtime"
        );
    }

    #[test]
    fn a_wish_for_what_is_not_there_says_what_is() {
        let selection = Selection {
            stages: vec!["stop".into()],
            ..Selection::default()
        };
        let error = selection.of(analysis()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no stage \"stop\"; this recording has create, start"
        );
        let selection = Selection {
            run: Some(3),
            ..Selection::default()
        };
        let error = selection.of(analysis()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no run 3; this recording has runs 1 to 2"
        );
    }
}
