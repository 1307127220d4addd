#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::sample;
use crate::viewers::Weight;
use analysis::report::path::StagePath;
use analysis::timeline::fixture;

const HOSTILE: &str = "</title><script>\u{1b}alert(1)</script>";

fn hostile() -> StagePath {
    let mut path = sample::path();
    for segment in &mut path.segments {
        segment.comm = HOSTILE.into();
        segment.cause = HOSTILE.into();
    }
    path
}

fn pictures(path: &StagePath) -> [String; 2] {
    let mut manifest = fixture::manifest(10_000);
    manifest.command = vec![HOSTILE.into()];
    let (mut waterfall, mut icicle) = (Vec::new(), Vec::new());
    let paths = std::slice::from_ref(path);
    write_waterfall(&mut waterfall, &manifest, &sample::container(), paths).unwrap();
    let names = |_| vec![HOSTILE.to_owned()];
    write_icicle(
        &mut icicle,
        (&manifest, Weight::CriticalPath),
        paths,
        &names,
    )
    .unwrap();
    [waterfall, icicle].map(|out| String::from_utf8(out).unwrap())
}

#[test]
fn names_never_become_markup_and_control_characters_are_none_of_xml() {
    for picture in pictures(&hostile()) {
        assert!(!picture.contains("<script"), "{picture}");
        assert!(picture.contains("&lt;script"), "{picture}");
        let is_allowed = |c: char| c == '\n' || !c.is_control();
        assert!(picture.chars().all(is_allowed), "{picture}");
    }
}

#[test]
fn a_picture_needs_nothing_from_elsewhere() {
    for picture in pictures(&sample::path()) {
        let without_namespace = picture.replacen("http://www.w3.org/2000/svg", "", 1);
        for outside in ["http", "href", "@import", "<style", "<script"] {
            assert!(!without_namespace.contains(outside), "{outside}");
        }
    }
}

#[test]
fn boxes_that_follow_one_another_have_no_gap() {
    let scale = Scale {
        left: 14,
        pixels: 700,
        whole_ns: 999_983,
    };
    let first = scale.extent(0, 333_331);
    let second = scale.extent(333_331, 999_983);
    assert_eq!(first.right, second.left);
    assert_eq!(second.right - first.left, 700 * MILLI);
    assert_eq!(pixels(1_050), "1.05");
    assert_eq!(pixels(2_000), "2");
}

#[test]
fn texts_are_cut_to_fit() {
    assert_eq!(fitted("critical", 8), "critical");
    assert_eq!(fitted("critical", 5), "crit…");
    assert_eq!(fitted("critical", 3), "");
}
