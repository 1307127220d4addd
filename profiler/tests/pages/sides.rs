//! Pages of more than one recording: comparisons, benches, profiles, questions.

use std::fs;

use serde_json::Value;

use crate::browser::{BENCH, RECORDING, VFS, ctrprof, in_browser, page_of};

#[test]
fn a_finding_of_a_comparison_is_shown_in_the_stacks_and_in_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let page = page_of(&folder, &["diff", RECORDING, VFS]);
    let script = "
        const buttons = [...document.querySelectorAll('button.finding')];
        const chosen = [];
        for (const button of document.querySelectorAll('main button.finding')) {
            button.click();
            chosen.push({ frames: JSON.parse(button.dataset.frames).length, found: difference.chosen().length,
                pressed: buttons.filter((one) => one.ariaPressed === 'true').map((one) => one.dataset.finding) });
        }
        return { chosen, steps: document.querySelectorAll('#gap button.finding').length,
            detail: document.getElementById('icicle-detail').textContent, address: location.hash };";
    let told = in_browser(&page, "", script);
    let chosen = told["chosen"].as_array().unwrap();
    assert!(chosen.len() > 2, "{told}");
    for one in chosen {
        assert!(one["found"].as_u64() > Some(0), "{told}");
        assert!(one["found"].as_u64() <= one["frames"].as_u64(), "{told}");
        let pressed = one["pressed"].as_array().unwrap();
        assert!(pressed.iter().all(|other| other == &pressed[0]), "{told}");
    }
    assert!(told["steps"].as_u64() > Some(2), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("frames"));
    let address = told["address"].as_str().unwrap().trim_start_matches('#');
    let restored = "return { found: difference.chosen().length,
        detail: document.getElementById('icicle-detail').textContent };";
    let restored = in_browser(&page, address, restored);
    assert_eq!(restored["detail"], told["detail"]);
    assert!(restored["found"].as_u64() > Some(0), "{restored}");
}

#[test]
fn a_bench_is_told_relative_to_a_chosen_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let page = page_of(&folder, &["report", BENCH]);
    let script = "
        const told = () => [...document.querySelectorAll('table.distributions')].map((table) => [...table.tBodies[0].rows].map((row) =>
            [Number(row.dataset.median), Number(row.querySelector('td.relative').dataset.value), row.classList.contains('chosen')]));
        const select = document.getElementById('relative');
        const fastest = told();
        select.value = select.options[select.options.length - 1].value;
        select.dispatchEvent(new Event('change'));
        return { fastest, chosen: told(), address: location.hash,
            head: document.querySelector('th.relative').textContent };";
    let told = in_browser(&page, "", script);
    assert_eq!(told["head"], "of the chosen");
    assert!(told["address"].as_str().unwrap().contains("relative="));
    for table in told["chosen"].as_array().unwrap() {
        let rows = table.as_array().unwrap();
        let base = rows.iter().find(|row| row[2] == true).unwrap();
        assert_eq!(base[1], 1_000_000);
        for row in rows {
            let expected = row[0].as_f64().unwrap() / base[0].as_f64().unwrap() * 1e6;
            assert!((row[1].as_f64().unwrap() - expected).abs() <= 1.0, "{row}");
        }
    }
    for table in told["fastest"].as_array().unwrap() {
        let ratios = table.as_array().unwrap().iter().map(|row| row[1].as_u64());
        assert_eq!(ratios.min().unwrap(), Some(1_000_000));
    }
}

#[test]
fn the_heat_map_has_the_profile_s_figures_and_is_sorted_by_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["profile", BENCH, "--role", "all", "--per", "container"];
    let page = page_of(&folder, &arguments);
    let script = "
        const table = document.querySelector('table.heat');
        const cells = [...document.querySelectorAll('table.heat tbody tr')].map((row) => [row.children[0].textContent,
            ...[...row.querySelectorAll('td.heat-cell')].map((cell) => [cell.dataset.calls, cell.dataset.time, cell.dataset.each].map(Number))]);
        const shown = () => getComputedStyle(table.querySelector('td.heat-cell .of-time')).display !== 'none';
        const before = shown();
        const show = document.getElementById('show');
        show.value = 'time';
        show.dispatchEvent(new Event('change'));
        table.querySelectorAll('th button')[1].click();
        const order = [...table.tBodies[0].rows].map((row) => Number(row.children[1].dataset.time));
        const heats = [...document.querySelectorAll('td.heat-cell')].map((cell) => Number(cell.style.getPropertyValue('--heat')));
        const filter = document.getElementById('filter');
        filter.value = 'mount';
        filter.dispatchEvent(new Event('input'));
        const seen = [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.children[0].textContent);
        return { cells, before, after: shown(), order, heats, seen, address: location.hash };";
    let told = in_browser(&page, "heat", script);
    let report = ctrprof(&[&arguments[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&report).unwrap();
    let calls = report["calls"].as_array().unwrap();
    assert!(calls.len() > 20, "{}", calls.len());
    let drawn = told["cells"].as_array().unwrap();
    assert_eq!(drawn.len(), calls.len());
    for row in drawn {
        let call = calls.iter().find(|call| call["syscall"] == row[0]).unwrap();
        for (at, side) in call["sides"].as_array().unwrap().iter().enumerate() {
            let figures = ["per_unit_milli", "time_ns", "each_ns"].map(|name| side[name].clone());
            assert_eq!(row[at + 1], Value::Array(figures.into()), "{}", row[0]);
        }
    }
    assert_eq!(
        (&told["before"], &told["after"]),
        (&Value::Bool(false), &Value::Bool(true))
    );
    let order: Vec<u64> = told["order"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ns| ns.as_u64().unwrap())
        .collect();
    assert!(order.iter().rev().is_sorted(), "{order:?}");
    let mut heats = told["heats"].as_array().unwrap().iter();
    assert!(heats.all(|heat| (0.0..=1.0).contains(&heat.as_f64().unwrap())));
    let seen = told["seen"].as_array().unwrap();
    assert!(
        !seen.is_empty()
            && seen
                .iter()
                .all(|name| name.as_str().unwrap().contains("mount")),
        "{told}"
    );
    assert!(told["address"].as_str().unwrap().contains("show=time"));
}

/// A question about what is checked in.
const QUESTION: &str = r#"
asks = "Is a copy slower than an overlay?"
source = "nobody"
[matrix]
runs = 1
workloads = ["hello-world"]
[[matrix.configurations]]
runtime = "crun"
storage = ["overlay", "vfs"]
[[measure]]
name = "create"
stage = "create"
[[compare]]
a = { storage = "overlay" }
b = { storage = "vfs" }
[[compare.claim]]
says = "create of a copy takes longer"
source = "nobody"
stage = "create"
test.wall-ratio = { at-least = 1.0 }
"#;

#[test]
fn an_answer_has_the_verdicts_and_the_figures_of_the_question() {
    let folder = tempfile::tempdir().unwrap();
    let question = folder.path().join("copy.toml");
    fs::write(&question, QUESTION).unwrap();
    let arguments = [
        "explain",
        question.to_str().unwrap(),
        "--no-run",
        "-o",
        BENCH,
    ];
    let page = page_of(&folder, &arguments);
    let script = "
        const numbers = [...document.querySelectorAll('#figures tbody tr')].map((row) => [...row.children].map((cell) => cell.dataset.value));
        const steps = [...document.querySelectorAll('#pair-1 ol.steps li')].length;
        return { numbers, steps, verdicts: [...document.querySelectorAll('.verdict')].map((one) => one.textContent),
            plots: document.querySelectorAll('#pair-1 table.walls svg').length, links: [...document.querySelectorAll('nav a')].map((one) => one.getAttribute('href'))
                .filter((one) => !document.querySelector(one)) };";
    let told = in_browser(&page, "pair-1", script);
    let report = ctrprof(&[&arguments[..], &["--format", "json"]].concat());
    let report: Value = serde_json::from_slice(&report).unwrap();
    let cells = report["cells"].as_array().unwrap();
    let figures = told["numbers"].as_array().unwrap();
    assert_eq!((figures.len(), cells.len()), (2, 2));
    for (figure, cell) in figures.iter().zip(cells) {
        let value = cell["measures"][0]["value"].as_i64().unwrap();
        assert_eq!(figure[3], value.to_string(), "{cell}");
    }
    assert_eq!(told["verdicts"].as_array().unwrap().len(), 1, "{told}");
    assert!(told["steps"].as_u64() > Some(3), "{told}");
    assert!(told["plots"].as_u64() > Some(3), "{told}");
    assert_eq!(
        told["links"],
        Value::Array(Vec::new()),
        "a link leads nowhere"
    );
}
