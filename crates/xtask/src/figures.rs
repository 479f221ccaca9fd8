//! `cargo xtask figures`: the picture of measured ratios, drawn from the tables of `docs/performance.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/performance.md";
const PICTURE: &str = "docs/performance.svg";

/// A row of the page, by its first cell, and what stands beside its bars.
struct Row {
    what: &'static str,
    /// A name for each of the row's ratios.
    bars: &'static [&'static str],
    beside: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        what: "instructions, layered",
        bars: &["instructions of a limit, a layer"],
        beside: GOVERNOR_LAYER,
    },
    Row { what: "instructions, outside", bars: &["… around the router"], beside: GOVERNOR_LAYER },
    Row {
        what: "a request of one client, layered / outside",
        bars: &["time of a limit, one client, a layer", "… around the router"],
        beside: GOVERNOR_LAYER,
    },
    Row {
        what: "a request out of 10⁶ clients, layered / outside",
        bars: &["time of a limit, 10⁶ clients, a layer", "… around the router"],
        beside: GOVERNOR_LAYER,
    },
    Row {
        what: "a decision of the store, one client",
        bars: &["a decision, one client"],
        beside: "governor",
    },
    Row {
        what: "a decision of the store, 10⁶ clients",
        bars: &["a decision, 10⁶ clients"],
        beside: "governor",
    },
    Row {
        what: "two threads, one client, both decide once",
        bars: &["two threads, one client"],
        beside: "governor",
    },
    Row {
        what: "two threads, 10⁶ clients, both decide once",
        bars: &["two threads, 10⁶ clients"],
        beside: "governor",
    },
    Row {
        what: "HS256, anew, outside",
        bars: &["a signed token, HS256"],
        beside: "from_fn and jsonwebtoken",
    },
    Row { what: "RS256, anew, outside", bars: &["a signed token, RS256"], beside: "its signature alone" },
];

const GOVERNOR_LAYER: &str = "tower_governor, a layer";

const WIDTH: usize = 880;
const LEFT: usize = 290;
/// Pixels for a ratio of one.
const ONE: f64 = 170.0;
const TOP: usize = 44;
const LANE: usize = 24;

const TEXT: &str = "#7d8590";
const BETTER: &str = "#3b82f6";
const WORSE: &str = "#d08770";

pub(crate) fn run(root: &Path) -> bool {
    let drawn = fs::read_to_string(root.join(PAGE))
        .map_err(|error| format!("{PAGE}: {error}"))
        .and_then(|page| draw(&page))
        .and_then(|svg| fs::write(root.join(PICTURE), svg).map_err(|error| format!("{PICTURE}: {error}")));
    match &drawn {
        Ok(()) => println!("drawn in {PICTURE}"),
        Err(error) => eprintln!("{error}"),
    }
    drawn.is_ok()
}

/// The picture, or which row of the page is not as it was.
fn draw(page: &str) -> Result<String, String> {
    let mut lanes = String::new();
    let mut y = TOP;
    for row in ROWS {
        let ratios = ratios(page, row.what)?;
        if ratios.len() != row.bars.len() {
            return Err(format!("{PAGE}: `{}` has {} ratios", row.what, ratios.len()));
        }
        for (name, ratio) in row.bars.iter().zip(ratios) {
            lane(&mut lanes, y, name, ratio, row.beside);
            y += LANE;
        }
    }
    let one = LEFT as f64 + ONE;
    let height = y + 12;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Cost of palisade beside others, as ratios; the table in performance.md has the same figures\">\n\
         <style>text{{font:13px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:{TEXT}}}.b{{font-weight:600}}.e{{text-anchor:end}}\
         .m{{text-anchor:middle}}.p{{fill:{BETTER}}}.r{{fill:{WORSE}}}line{{stroke:{TEXT}}}</style>\n\
         <text class=\"b e\" x=\"{}\" y=\"20\">what palisade takes</text>\n\
         <text class=\"m\" x=\"{one}\" y=\"20\">as much</text>\n\
         <text x=\"{}\" y=\"20\">of what this takes</text>\n\
         <line x1=\"{one}\" y1=\"28\" x2=\"{one}\" y2=\"{y}\" stroke-dasharray=\"2 4\"/>\n\
         {lanes}</svg>\n",
        LEFT - 12,
        LEFT + 400,
    ))
}

fn lane(svg: &mut String, y: usize, name: &str, ratio: f64, beside: &str) {
    let (text, width) = (y + 13, ratio * ONE);
    let class = if ratio <= 1.0 { "p" } else { "r" };
    // Beside the line and not across it.
    let number = if (0.75..1.0).contains(&ratio) { ONE } else { width };
    // Writing to a `String` does not fail.
    let _ = writeln!(
        svg,
        "<text class=\"e\" x=\"{}\" y=\"{text}\">{name}</text>\
         <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"16\" rx=\"2\"/>\
         <text class=\"b\" x=\"{:.1}\" y=\"{text}\">{ratio:.2}</text>\
         <text x=\"{}\" y=\"{text}\">{beside}</text>",
        LEFT - 12,
        LEFT as f64 + number + 6.0,
        LEFT + 400,
    );
}

/// The numbers in the fourth cell of the row that begins so; what stands in brackets is left out.
fn ratios(page: &str, what: &str) -> Result<Vec<f64>, String> {
    let head = format!("| {what} |");
    let row = page.lines().find(|line| line.starts_with(&head));
    let cell = row.and_then(|row| row.split('|').nth(4)).ok_or_else(|| format!("{PAGE}: no row `{what}`"))?;
    let cell = cell.split('(').next().unwrap_or(cell);
    let numbers = cell.split('/').map(|number| number.trim().parse().map_err(|_| number));
    numbers.collect::<Result<_, _>>().map_err(|number| format!("{PAGE}: `{what}`: {number} is no ratio"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_shows_what_the_table_says() {
        let page = include_str!("../../../docs/performance.md");
        let kept = include_str!("../../../docs/performance.svg");
        assert_eq!(draw(page).unwrap(), kept, "draw it again with `cargo xtask figures`");
    }

    #[test]
    fn ratios_are_read() {
        let check = |row: &str, expected: Result<Vec<f64>, ()>| {
            assert_eq!(ratios(row, "a").map_err(drop), expected, "{row}");
        };
        check("| a | 1 | b 2 | 0.50 | |", Ok(vec![0.5]));
        check("| a | 1 | b 2 | 1.17 / 0.90 | |", Ok(vec![1.17, 0.9]));
        check("| a | 1 | b 2 | 0.55 (0.52 to 0.58) | ≤ 1 |", Ok(vec![0.55]));
        check("| a | 1 | b 2 | | |", Err(()));
        check("| b | 1 | b 2 | 0.50 | |", Err(()));
    }
}
