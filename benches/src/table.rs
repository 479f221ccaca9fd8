//! Text in columns.

use std::fmt;

/// Rows under a heading; the first column reads from the left, numbers line up on the right.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
    left: usize,
}

impl<const N: usize> Table<N> {
    /// A table whose first `left` columns hold words.
    pub(crate) fn new(heading: [&str; N], left: usize) -> Self {
        Self { rows: vec![heading.map(str::to_owned)], left }
    }

    pub(crate) fn push(&mut self, row: [String; N]) {
        self.rows.push(row);
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = self.width(column);
                let gap = if column == 0 { "" } else { "  " };
                if column < self.left || column + 1 == N {
                    line += &format!("{gap}{cell:<width$}");
                } else {
                    line += &format!("{gap}{cell:>width$}");
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["case", "instr", ""], 1);
        table.push(["a longer one".into(), grouped(1_234), "ok".into()]);
        table.push(["b".into(), grouped(-5), "MISSED".into()]);
        assert_eq!(
            table.to_string(),
            "case          instr\na longer one  1,234  ok\nb                -5  MISSED\n"
        );
    }

    #[test]
    fn thousands() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
