//! The page of a recording, and its pictures for documents.

use std::fs;

use serde_json::Value;

use crate::browser::{DRAWN, RECORDING, ctrprof, in_browser, page_of};

/// The page of the recording, in a folder of its own.
fn page(folder: &tempfile::TempDir) -> std::path::PathBuf {
    page_of(folder, &["report", RECORDING])
}

#[test]
fn the_icicle_adds_up_to_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let sums = in_browser(&page(&folder), "", "return icicle.sums();");
    let report = ctrprof(&["report", RECORDING, "--format", "json"]);
    let report: Value = serde_json::from_slice(&report).unwrap();
    let mut phases = 0;
    for stage in report["runs"][0]["stages"].as_array().unwrap() {
        for phase in stage["phases"].as_array().unwrap() {
            let names = [&stage["name"], &phase["phase"]].map(|name| name.as_str().unwrap());
            let time_ns = phase["critical_path_ns"].as_u64().unwrap_or(0);
            let drawn = sums.get(names.join(" ")).and_then(Value::as_u64);
            assert_eq!(drawn.unwrap_or(0), time_ns, "{names:?}");
            phases += u64::from(time_ns > 0);
        }
    }
    assert!(phases > 20, "{phases}");
}

#[test]
fn a_click_tells_a_piece_and_zooming_goes_into_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "{DRAWN}
        const canvas = document.getElementById('waterfall-canvas');
        const longest = shownRun().path.duration_ns.indexOf(Math.max(...shownRun().path.duration_ns));
        waterfall.choose(longest);
        const detail = document.getElementById('waterfall-detail').textContent;
        canvas.dispatchEvent(new KeyboardEvent('keydown', {{ key: '+' }}));
        await drawn();
        const zoomed = state.to - state.from;
        const address = location.hash;
        canvas.dispatchEvent(new KeyboardEvent('keydown', {{ key: '0' }}));
        await drawn();
        const row = waterfall.rows()[0];
        const at = {{ clientX: 0, clientY: 0 }};
        const box = canvas.getBoundingClientRect();
        const press = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type,
            {{ pointerId: 1, clientX: box.left + x, clientY: box.top + y, bubbles: true }}));
        canvas.setPointerCapture = () => {{}};
        const before = waterfall.rows().length;
        press('pointerdown', 20, row.top + 5); press('pointerup', 20, row.top + 5);
        await drawn();
        return {{ detail, zoomed, whole: state.to - state.from, address, before, after: waterfall.rows().length }};"
    );
    let told = in_browser(&page(&folder), "waterfall", &script);
    let detail = told["detail"].as_str().unwrap();
    for part in ["critical path", "stage", "process", "phase", "call"] {
        assert!(detail.contains(part), "{detail}");
    }
    assert!(told["zoomed"].as_u64() < told["whole"].as_u64(), "{told}");
    let address = told["address"].as_str().unwrap();
    assert!(
        address.starts_with("#waterfall&") && address.contains("&from="),
        "{address}"
    );
    assert_ne!(told["before"], told["after"], "a role opens and closes");
}

#[test]
fn an_address_restores_what_was_shown() {
    let folder = tempfile::tempdir().unwrap();
    let address =
        "icicle&run=0&from=1000000&to=2000000&piece=3&finding=1&width=thread&search=mount";
    let script = format!(
        "{DRAWN}
        return {{
            state, pressed: [...document.querySelectorAll('button.finding')].map((one) => one.ariaPressed),
            detail: document.getElementById('waterfall-detail').textContent,
            matches: document.getElementById('matches').textContent, search: document.getElementById('search').value,
            total: icicle.root().total, path: shownRun().wall_ns,
        }};"
    );
    let told = in_browser(&page(&folder), address, &script);
    assert_eq!(told["state"]["from"], 1_000_000);
    assert_eq!(told["state"]["width"], "thread");
    assert_eq!(told["pressed"][1], "true");
    assert!(
        told["detail"].as_str().unwrap().contains("critical path"),
        "{told}"
    );
    assert!(
        told["matches"].as_str().unwrap().contains("matches"),
        "{told}"
    );
    assert_eq!(told["search"], "mount");
    assert!(
        told["total"].as_u64() > told["path"].as_u64(),
        "thread time is more"
    );
}

#[test]
fn a_finding_is_shown_in_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "{DRAWN}
        document.querySelectorAll('button.finding')[0].click();
        await drawn();
        const run = shownRun();
        const chosen = run.path.start_ns.map((_, at) => at).filter((at) => waterfall.isChosen(run, at, chosenParts()));
        const time = chosen.reduce((sum, at) => sum + run.path.duration_ns[at], 0);
        return {{ pieces: chosen.length, all: run.path.start_ns.length, time, address: location.hash }};"
    );
    let told = in_browser(&page(&folder), "", &script);
    assert!(told["pieces"].as_u64() > Some(0), "{told}");
    assert!(told["pieces"].as_u64() < told["all"].as_u64(), "{told}");
    assert!(told["time"].as_u64() > Some(0), "{told}");
    assert!(
        told["address"].as_str().unwrap().contains("finding=0"),
        "{told}"
    );
}

#[test]
fn a_click_zooms_the_icicle_and_escape_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "{DRAWN}
        const canvas = document.getElementById('icicle-canvas');
        const box = canvas.getBoundingClientRect();
        const click = (x, y) => canvas.dispatchEvent(new MouseEvent('click', {{ clientX: box.left + x, clientY: box.top + y }}));
        click(10, 30);
        const zoomed = canvas.ariaLabel ?? canvas.getAttribute('aria-label');
        const detail = document.getElementById('icicle-detail').textContent;
        canvas.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Escape' }}));
        return {{ zoomed, detail, back: canvas.getAttribute('aria-label') }};"
    );
    let told = in_browser(&page(&folder), "", &script);
    assert!(
        told["zoomed"].as_str().unwrap().contains("create"),
        "{told}"
    );
    assert!(told["detail"].as_str().unwrap().contains("stage"), "{told}");
    assert_ne!(told["zoomed"], told["back"], "{told}");
}

#[test]
fn tables_are_sorted_and_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let script = "
        const table = [...document.querySelectorAll('#tables table')].find((one) => one.caption.textContent === 'System calls');
        const counts = () => [...table.tBodies[0].rows].map((row) => Number(row.children[1].dataset.value));
        table.querySelectorAll('th button')[1].click();
        const descending = counts();
        table.querySelectorAll('th button')[1].click();
        const ascending = counts();
        const filter = document.getElementById('filter');
        filter.value = 'openat';
        filter.dispatchEvent(new Event('input'));
        const seen = [...document.querySelectorAll('#tables tbody tr')].filter((row) => !row.hidden);
        return { descending, ascending, seen: seen.length, others: seen.filter((row) => !row.textContent.includes('openat')).length };";
    let told = in_browser(&page(&folder), "tables", script);
    let numbers = |name: &str| -> Vec<u64> {
        let list = told[name].as_array().unwrap().iter();
        list.map(|number| number.as_u64().unwrap()).collect()
    };
    assert!(numbers("ascending").is_sorted());
    assert!(numbers("descending").iter().rev().is_sorted());
    assert!(
        told["seen"].as_u64() > Some(0) && told["others"] == 0,
        "{told}"
    );
}

#[test]
fn without_scripts_the_answer_and_the_tables_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let html = fs::read_to_string(page(&folder)).unwrap();
    let markup = html.split_once("<script").unwrap().0;
    for part in ["Why", "System calls", "openat", "create"] {
        assert!(markup.contains(part), "no {part}");
    }
}

#[test]
fn the_icicle_counts_every_piece_of_the_critical_path() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "{DRAWN}
        const times = icicle.root().total;
        const select = document.getElementById('width');
        select.value = 'count';
        select.dispatchEvent(new Event('change'));
        await drawn();
        return {{ times, count: icicle.root().total, pieces: shownRun().path.start_ns.length, address: location.hash,
            told: document.getElementById('icicle-canvas').getAttribute('aria-label') }};"
    );
    let told = in_browser(&page(&folder), "icicle", &script);
    assert!(told["pieces"].as_u64() > Some(100), "{told}");
    assert_eq!(told["count"], told["pieces"]);
    assert_ne!(told["count"], told["times"]);
    let address = told["address"].as_str().unwrap();
    assert!(address.contains("width=count"), "{address}");
    assert!(told["told"].as_str().unwrap().contains("pieces"), "{told}");
}

#[test]
fn a_piece_tells_its_user_stack() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "{DRAWN}
        const path = shownRun().path;
        const sampled = path.user.map((_, at) => at).filter((at) => path.user[at] >= 0);
        const details = sampled.map((at) => {{
            waterfall.choose(at);
            return document.getElementById('waterfall-detail').textContent;
        }});
        return {{ sampled: sampled.length, told: details.filter((one) => /user stack.+ of \\d+ sample/.test(one)).length }};"
    );
    let told = in_browser(&page(&folder), "waterfall", &script);
    assert!(told["sampled"].as_u64() > Some(0), "{told}");
    assert_eq!(told["sampled"], told["told"]);
}

#[test]
fn a_picture_for_documents_is_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    for format in ["svg", "svg-icicle"] {
        let picture = ctrprof(&["report", RECORDING, "--format", format]);
        let picture = serde_json::to_string(&String::from_utf8(picture).unwrap()).unwrap();
        let picture = picture.replace('<', "\\u003c");
        let data = format!(
            "<!DOCTYPE html><html><head></head><body><script>const picture = {picture};</script></body></html>"
        );
        fs::write(&page, data).unwrap();
        let script = "
            const read = new DOMParser().parseFromString(picture, 'image/svg+xml');
            const drawn = document.importNode(read.documentElement, true);
            document.body.append(drawn);
            const whole = drawn.getBoundingClientRect();
            const outside = [...drawn.querySelectorAll('text, rect')].filter((one) => {
                const box = one.getBoundingClientRect();
                return one.closest('defs') === null && (box.left < whole.left - 1 || box.right > whole.right + 1 || box.bottom > whole.bottom + 1);
            });
            return { name: drawn.tagName, boxes: drawn.querySelectorAll('rect[data-ns]').length,
                titled: drawn.querySelectorAll('rect[data-ns] > title').length, outside: outside.map((one) => one.textContent) };";
        let told = in_browser(&page, "", script);
        assert_eq!(told["name"], "svg", "{told}");
        assert!(told["boxes"].as_u64() > Some(50), "{told}");
        assert_eq!(told["boxes"], told["titled"]);
        assert_eq!(told["outside"], Value::Array(Vec::new()));
    }
}
