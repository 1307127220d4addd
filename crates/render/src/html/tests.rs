#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use analysis::attribution::Attribution;
use analysis::timeline::{Timeline, fixture};
use trace::rows::Tables;

use super::{Recorded, write_report};
use crate::sample;

fn page(edit: impl FnOnce(&mut analysis::report::Report)) -> String {
    let manifest = fixture::manifest(10_000);
    let tables = Tables::default();
    let timeline = Timeline::new(&manifest, &tables);
    let attribution = Attribution::new(&manifest, &timeline);
    let mut report = sample::container();
    edit(&mut report);
    let diagnosis = sample::diagnosis(&report);
    let mut out = Vec::new();
    let recorded = Recorded {
        manifest: &manifest,
        attribution: &attribution,
        report: &report,
        diagnosis: &diagnosis,
        paths: &[sample::path()],
        thread_time: &[],
    };
    write_report(&mut out, &recorded).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn names_of_processes_never_become_markup() {
    const HOSTILE: &str = "</script><img src=x onerror=alert(1)>";
    let page = page(|report| {
        report.command = vec![HOSTILE.into()];
        for stage in report.runs.iter_mut().flat_map(|run| &mut run.stages) {
            stage.name = HOSTILE.into();
            for process in &mut stage.processes {
                process.comm = HOSTILE.into();
            }
            for call in &mut stage.syscalls {
                call.name = HOSTILE.into();
            }
        }
    });
    assert!(!page.contains("<img"), "markup");
    assert!(page.contains("&lt;img src=x"), "the name is not there");
    assert!(page.contains("\\u003cimg"), "the name is not in the data");
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = page(|_| {});
    for outside in ["src=\"http", "href=\"http", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("id=\"waterfall-canvas\""));
}
