//! What was read of one row.

use crate::failure::Failure;
use sqlx::{ColumnIndex, Database, Decode, Row, Type, TypeInfo as _, ValueRef as _};
use std::vec::IntoIter;

/// What was read of one row, column by column.
#[derive(Debug)]
pub(crate) struct Cells(IntoIter<Cell>);

#[derive(Debug)]
enum Cell {
    Nothing,
    Number(i64),
    Text(String),
}

const WRONG: Failure = Failure::Corrupt("column");

impl Cells {
    pub(crate) fn of<R: Row>(row: &R) -> Result<Self, Failure>
    where
        usize: ColumnIndex<R>,
        for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
        for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    {
        let cells: Result<Vec<_>, _> = (0..row.len()).map(|at| cell(row, at)).collect();
        Ok(Self(cells?.into_iter()))
    }

    /// The next column, which holds a text.
    pub(crate) fn text(&mut self) -> Result<String, Failure> {
        self.some_text()?.ok_or(WRONG)
    }

    /// The next column, which holds a text or nothing.
    pub(crate) fn some_text(&mut self) -> Result<Option<String>, Failure> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Nothing) => Ok(None),
            Some(Cell::Number(_)) | None => Err(WRONG),
        }
    }

    /// The next column, which holds a number.
    pub(crate) fn number(&mut self) -> Result<i64, Failure> {
        self.some_number()?.ok_or(WRONG)
    }

    /// The next column, which holds a number or nothing.
    pub(crate) fn some_number(&mut self) -> Result<Option<i64>, Failure> {
        match self.0.next() {
            Some(Cell::Number(number)) => Ok(Some(number)),
            Some(Cell::Nothing) => Ok(None),
            Some(Cell::Text(_)) | None => Err(WRONG),
        }
    }
}

fn cell<R: Row>(row: &R, at: usize) -> Result<Cell, Failure>
where
    usize: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::Nothing);
    }
    let is_number = {
        let found = value.type_info();
        !found.is_null() && is::<i64, R::Database>(&found)
    };
    if is_number {
        return <i64 as Decode<R::Database>>::decode(value).map(Cell::Number).map_err(|_| WRONG);
    }
    if !is::<String, R::Database>(&value.type_info()) {
        return Err(WRONG);
    }
    <String as Decode<R::Database>>::decode(value).map(Cell::Text).map_err(|_| WRONG)
}

fn is<T: Type<DB>, DB: Database>(found: &DB::TypeInfo) -> bool {
    T::compatible(found)
}
