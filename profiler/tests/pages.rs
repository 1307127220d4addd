//! HTML pages in a real browser, from the recording that is checked in: what they draw adds up to what the
//! report says, and what one does with them works.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chromium;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const RECORDING: &str =
    "overlay-vfs.bench/runs/embedded+crun+overlay+host+host-gnu+none+root/hello-world/01";

fn ctrprof(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_ctrprof"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    output.stdout
}

/// Opens a page at an address behind `#`, runs the body of an asynchronous function in it, and returns its
/// result. An error in the page or a message of the console fails the test. A browser that only dumps the
/// document has no frames: what waits for one is called all the same.
fn in_browser(page: &Path, address: &str, script: &str) -> Value {
    const CATCHES: &str = "<script>const complaints = [];
        window.addEventListener('error', (event) => complaints.push(event.message));
        for (const name of ['error', 'warn', 'log']) console[name] = (...all) => complaints.push(all.join(' '));
        window.requestAnimationFrame = (frame) => setTimeout(frame, 10);
        </script>";
    let folder = tempfile::tempdir().unwrap();
    let tested = folder.path().join("page.html");
    let ends = format!(
        "<script>(async () => {{ {script} }})()
            .catch((error) => `failed: ${{error.stack}}`)
            .then((value) => {{
                const result = document.createElement('pre');
                result.id = 'result';
                result.textContent = JSON.stringify({{ value, complaints }});
                document.body.append(result);
            }});</script></body>"
    );
    let html = fs::read_to_string(page).unwrap();
    let html = html.replacen("<head>", &format!("<head>{CATCHES}"), 1);
    fs::write(&tested, html.replacen("</body>", &ends, 1)).unwrap();
    let address = format!("{}#{address}", tested.display());
    let text = chromium::text_of(&address, folder.path(), "result");
    let result: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(result["complaints"], Value::Array(Vec::new()));
    result["value"].clone()
}

/// The page of the recording, in a folder of its own.
fn page(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let file = folder.path().join("report.html");
    ctrprof(&["report", RECORDING, "--html", file.to_str().unwrap()]);
    file
}

/// Waits for what is drawn before the next frame.
const DRAWN: &str =
    "const drawn = () => new Promise((done) => setTimeout(done, 50)); await drawn();";

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
