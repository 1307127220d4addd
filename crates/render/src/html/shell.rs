//! The frame of every page: style, head, scripts and the data for them.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("../../assets/report.css");

/// A page with this title. The scripts follow one another; each may use those before it.
pub(super) fn page(title: &str, body: &Markup, data: &str, scripts: &[&str]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                script id="data" type="application/json" { (PreEscaped(escaped(data))) }
                @for script in scripts {
                    script { (PreEscaped(*script)) }
                }
            }
        }
    }
}

/// The links to the parts of a page, by id.
pub(super) fn parts(parts: &[(&str, &str)]) -> Markup {
    html! {
        nav aria-label="Parts of the page" {
            @for (id, name) in parts {
                a href={ "#" (id) } { (name) }
            }
        }
    }
}

/// The title of a part, with a link to it.
pub(super) fn heading(id: &str, name: &str) -> Markup {
    html! {
        h2 id={ (id) "-title" } { (name) a.anchor href={ "#" (id) } aria-label="link" { "#" } }
    }
}

/// A reason to doubt a figure.
pub(super) fn warning(is_grave: bool, sentence: &str) -> Markup {
    html! {
        p.warning.grave[is_grave] {
            strong { @if is_grave { "beware" } @else { "mind" } }
            " " (sentence)
        }
    }
}

/// JSON that can stand within a script element: nothing in it ends the element or begins a comment
/// (<https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements>).
fn escaped(json: &str) -> String {
    json.replace('<', "\\u003c")
}
