//! Lanes as an SVG, in colours that read on light and on dark ground.

use super::{lane::Lane, traffic::MINUTES};
use std::{fmt::Write as _, time::Duration};

/// One bar.
const BIN: Duration = Duration::from_secs(2);
const BINS: usize = MINUTES as usize * 30;

const LEFT: usize = 20;
const BAR: usize = 7;
const WIDTH: usize = LEFT * 2 + BINS * BAR;
const TOP: usize = 44;
/// A lane with its title.
const LANE: usize = 112;
const TITLE: usize = 30;
/// Pixels a request.
const UNIT: u32 = 3;
const FOOT: usize = 34;

const TEXT: &str = "#7d8590";
const PASSED: &str = "#3b82f6";
const REFUSED: &str = "#d08770";

/// The whole picture.
pub(super) fn draw(lanes: &[Lane]) -> String {
    let height = TOP + lanes.len() * LANE + FOOT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"What five algorithms admit of the same bursts\">\n\
         <style>text{{font:14px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:{TEXT}}}.b{{font-weight:600}}.e{{text-anchor:end}}\
         .m{{text-anchor:middle}}.p{{fill:{PASSED}}}.r{{fill:{REFUSED};opacity:.55}}line{{stroke:{TEXT}}}</style>\n"
    );
    legend(&mut svg);
    for (nth, lane) in lanes.iter().enumerate() {
        draw_lane(&mut svg, lane, TOP + nth * LANE);
    }
    let bottom = TOP + lanes.len() * LANE;
    for minute in 0..=MINUTES as usize {
        let x = LEFT + minute * 30 * BAR;
        push(&mut svg, format_args!("<text class=\"m\" x=\"{x}\" y=\"{}\">{minute}:00</text>", bottom + 22));
        push(
            &mut svg,
            format_args!(
                "<line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{bottom}\" stroke-dasharray=\"2 5\" opacity=\".6\"/>"
            ),
        );
    }
    svg + "</svg>\n"
}

fn legend(svg: &mut String) {
    let right = WIDTH - LEFT;
    push(svg, format_args!("<text class=\"b\" x=\"{LEFT}\" y=\"24\">requests in two seconds</text>"));
    push(svg, format_args!("<rect class=\"p\" x=\"{}\" y=\"13\" width=\"12\" height=\"12\"/>", LEFT + 210));
    push(svg, format_args!("<text x=\"{}\" y=\"24\">admitted</text>", LEFT + 228));
    push(svg, format_args!("<rect class=\"r\" x=\"{}\" y=\"13\" width=\"12\" height=\"12\"/>", LEFT + 310));
    push(svg, format_args!("<text x=\"{}\" y=\"24\">refused</text>", LEFT + 328));
    push(svg, format_args!("<text class=\"e\" x=\"{right}\" y=\"24\">most in any minute</text>"));
}

fn draw_lane(svg: &mut String, lane: &Lane, top: usize) {
    let (base, right) = (top + LANE, WIDTH - LEFT);
    let words = format!("<tspan class=\"b\">{}</tspan>  {}", lane.name, lane.quota);
    push(
        svg,
        format_args!(
            "<text x=\"{}\" y=\"{}\" xml:space=\"preserve\">{words}</text>",
            LEFT + 4,
            top + TITLE - 8
        ),
    );
    let most = lane.most_in_any_minute();
    push(svg, format_args!("<text class=\"b e\" x=\"{right}\" y=\"{}\">{most}</text>", top + TITLE - 8));
    for (nth, (passed, refused)) in lane.bins(BIN, BINS).into_iter().enumerate() {
        let x = LEFT + nth * BAR + 1;
        let mut bar = |class: &str, count: u32, above: u32| {
            if count > 0 {
                let (height, width) = (count * UNIT, BAR - 1);
                let y = base - ((above + count) * UNIT) as usize;
                push(
                    svg,
                    format_args!(
                        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
                    ),
                );
            }
        };
        bar("p", passed, 0);
        bar("r", refused, passed);
    }
    push(svg, format_args!("<line x1=\"{LEFT}\" y1=\"{base}\" x2=\"{right}\" y2=\"{base}\"/>"));
}

/// Writing to a string cannot fail.
fn push(svg: &mut String, element: std::fmt::Arguments<'_>) {
    let _ = writeln!(svg, "{element}");
}
