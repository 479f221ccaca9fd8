//! From figures to a ranked list of labels.

use super::figures::Figures;
use serde::Serialize;

/// A label and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LabelScore {
    /// The label.
    pub label: &'static str,
    /// From 0 to 1; over all labels they sum to 1.
    pub probability: f64,
}

/// Every label, the likeliest first: a softmax over linear scores. Labels come in opposing pairs around a threshold.
#[must_use]
pub fn rank(figures: &Figures) -> Vec<LabelScore> {
    let scores = PAIRS.iter().flat_map(|pair| {
        let score = pair.weight * ((pair.figure)(figures) - pair.threshold);
        [(pair.above, score), (pair.below, -score)]
    });
    let weights: Vec<_> = scores.map(|(label, score)| (label, score.exp())).collect();
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut ranked: Vec<_> = weights
        .into_iter()
        .map(|(label, weight)| LabelScore { label, probability: weight / total })
        .collect();
    // The sort is stable: labels that fit equally well keep their order.
    ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    ranked
}

/// Two labels, and the figure and threshold that tell them apart.
struct Pair {
    above: &'static str,
    below: &'static str,
    figure: fn(&Figures) -> f64,
    threshold: f64,
    /// Small enough that a score stays below 10 for any picture, far from where `exp` overflows.
    weight: f64,
}

const PAIRS: [Pair; 4] = [
    Pair { above: "bright", below: "dark", figure: |f| f.brightness, threshold: 0.5, weight: 6.0 },
    Pair { above: "colourful", below: "grey", figure: |f| f.chroma, threshold: 0.25, weight: 6.0 },
    Pair { above: "detailed", below: "smooth", figure: |f| f.edge_density, threshold: 0.15, weight: 9.0 },
    Pair { above: "warm", below: "cold", figure: |f| f.warmth, threshold: 0.0, weight: 5.0 },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::drawing::{checkerboard, plain};
    use image::RgbImage;
    use proptest::prelude::*;

    #[track_caller]
    fn check(image: &RgbImage, likeliest: &[&str]) {
        let ranked = rank(&Figures::of(image));
        let labels: Vec<_> = ranked.iter().map(|score| score.label).collect();
        assert_eq!(labels[..likeliest.len()], *likeliest, "{ranked:?}");
    }

    #[test]
    fn labels_fit_the_picture() {
        check(&plain([255; 3]), &["bright", "grey", "smooth"]);
        check(&plain([0; 3]), &["dark", "grey", "smooth"]);
        check(&plain([255, 120, 0]), &["warm", "colourful"]);
        check(&plain([0, 90, 255]), &["cold", "colourful"]);
        check(&checkerboard(3), &["detailed", "grey"]);
    }

    #[test]
    fn equal_labels_keep_their_order() {
        let middle = Figures {
            mean_colour: [127.5; 3],
            brightness: 0.5,
            contrast: 0.0,
            chroma: 0.25,
            warmth: 0.0,
            edge_density: 0.15,
        };
        let ranked = rank(&middle);
        let labels: Vec<_> = ranked.iter().map(|score| score.label).collect();
        assert_eq!(labels, ["bright", "dark", "colourful", "grey", "detailed", "smooth", "warm", "cold"]);
        assert!(ranked.iter().all(|score| score.probability == 0.125));
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_fall(
            brightness in 0.0..=1.0, chroma in 0.0..=1.0, warmth in -1.0..=1.0, edge_density in 0.0..=1.0,
        ) {
            let mean_colour = [0.0; 3];
            let ranked = rank(&Figures { mean_colour, brightness, contrast: 0.0, chroma, warmth, edge_density });
            let sum: f64 = ranked.iter().map(|score| score.probability).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            prop_assert!(ranked.is_sorted_by(|a, b| a.probability >= b.probability));
        }
    }
}
