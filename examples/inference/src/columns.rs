//! Text in columns.

/// A table whose columns are as wide as their widest cell, without blanks at line ends.
pub(crate) fn align<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_as_wide_as_needed() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [row(["ID", "KEY", "ENDS"]), row(["1", "a…b", ""]), row(["234", "c", "now"])];
        assert_eq!(super::align(&rows), "ID   KEY  ENDS\n1    a…b\n234  c    now\n");
    }
}
