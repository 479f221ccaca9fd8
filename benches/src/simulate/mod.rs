//! The same load through every algorithm, on a clock that is moved by hand, as a picture.

mod lane;
mod picture;
mod traffic;

use crate::{failure::Failure, table::Table};
use lane::Lane;
use palisade_limit::{Quota, quota};
use std::{fs, path::Path};

/// What is compared: how a reader would call it, and the quota.
const COMPARED: [(&str, Quota); 5] = [
    ("bucket", quota!("60/minute")),
    ("bucket with a small burst", quota!("60/minute burst 10")),
    ("fixed window", quota!("60/minute fixed epoch")),
    ("sliding counter", quota!("60/minute sliding")),
    ("sliding log", quota!("60/minute strict")),
];

/// Feeds each algorithm, prints what each admitted, and writes the picture to `path`.
pub(crate) fn print(path: &Path) -> Result<bool, Failure> {
    let lanes = lanes()?;
    let heading = ["algorithm", "quota", "asked", "admitted", "most in any minute"];
    let mut table = Table::new(heading, 2);
    for lane in &lanes {
        let (asked, admitted) = (lane.asked().to_string(), lane.admitted().to_string());
        let most = lane.most_in_any_minute().to_string();
        table.push([lane.name.to_owned(), lane.quota.to_string(), asked, admitted, most]);
    }
    print!("{table}");
    fs::write(path, picture::draw(&lanes))?;
    println!("\ndrawn in {}", path.display());
    Ok(true)
}

fn lanes() -> Result<Vec<Lane>, Failure> {
    COMPARED.iter().map(|(name, quota)| Lane::of(name, *quota)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_in_the_guide_is_what_is_drawn() {
        let kept = include_str!("../../../docs/guide/rate-limit-algorithms.svg");
        assert_eq!(picture::draw(&lanes().unwrap()), kept, "draw it again with `benches simulate`");
    }

    #[test]
    fn nobody_admits_more_than_the_guide_says() {
        let most: Vec<_> = lanes().unwrap().iter().map(Lane::most_in_any_minute).collect();
        let bounds = [120, 70, 120, 120, 60];
        assert!(most.iter().zip(bounds).all(|(most, bound)| *most <= bound), "{most:?}");
    }
}
