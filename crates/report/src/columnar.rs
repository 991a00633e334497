//! Typed columns, and the Parquet file of rows that they read: amounts as DECIMAL(38, 12), times as
//! TIMESTAMP of UTC, everything optional. No time of writing and nothing random is in it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType,
    Int32Type, Int64Type,
};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::safe::printable;

/// Digits of an amount, and how many of them stand behind the point: a quantity to a millionth
/// times a price to a millionth is exact.
pub(crate) const PRECISION: u32 = 38;
pub(crate) const SCALE: u32 = 12;

/// Bytes of such an amount.
const AMOUNT_BYTES: i32 = 16;

/// Rows that are written together: so many cells of a column are in memory at a time.
const ROWS: usize = 1 << 17;

/// The first day that Parquet counts.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// A column: its name and what stands in it for a row.
pub(crate) struct Column<R> {
    pub(crate) name: &'static str,
    pub(crate) value: Value<R>,
}

/// How a column is read, by what it holds. `None` is what is not known.
pub(crate) enum Value<R> {
    Text(fn(&R) -> Option<String>),
    /// Money, quantities and percentages.
    Amount(fn(&R) -> Option<Decimal>),
    Count(fn(&R) -> Option<usize>),
    Truth(fn(&R) -> Option<bool>),
    Moment(fn(&R) -> Option<Timestamp>),
    Day(fn(&R) -> Option<Date>),
}

impl<R> Column<R> {
    pub(crate) fn new(name: &'static str, value: Value<R>) -> Self {
        Self { name, value }
    }
}

/// Whom a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Tools that show their tables to people: texts are printable, times in milliseconds.
    Shown,
    /// Queries: texts are data and stay as they are, times in microseconds.
    Asked,
}

/// The file of these rows.
pub(crate) fn file<R>(
    name: &str,
    columns: &[&Column<R>],
    rows: &[&R],
    purpose: Use,
) -> Result<Vec<u8>> {
    let fields = columns.iter().map(|column| field(column, purpose));
    let fields: Result<Vec<TypePtr>> = fields.collect();
    let schema = Type::group_type_builder(name)
        .with_fields(fields?)
        .build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::new(properties))?;
    for rows in rows.chunks(ROWS) {
        let mut group = file.next_row_group()?;
        let mut columns = columns.iter();
        while let (Some(mut writer), Some(column)) = (group.next_column()?, columns.next()) {
            write(&mut writer, &column.value, rows, purpose)?;
            writer.close()?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(bytes)
}

fn field<R>(column: &Column<R>, purpose: Use) -> Result<TypePtr> {
    let (physical, logical) = match column.value {
        Value::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Value::Amount(_) => (Physical::FIXED_LEN_BYTE_ARRAY, Some(amount_type())),
        Value::Count(_) => (Physical::INT64, None),
        Value::Truth(_) => (Physical::BOOLEAN, None),
        Value::Moment(_) => {
            let unit = match purpose {
                Use::Shown => TimeUnit::MILLIS,
                Use::Asked => TimeUnit::MICROS,
            };
            (Physical::INT64, Some(LogicalType::timestamp(true, unit)))
        }
        Value::Day(_) => (Physical::INT32, Some(LogicalType::Date)),
    };
    let field = Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    let field = match column.value {
        Value::Amount(_) => field
            .with_length(AMOUNT_BYTES)
            .with_precision(PRECISION.cast_signed())
            .with_scale(SCALE.cast_signed()),
        Value::Text(_) | Value::Count(_) | Value::Truth(_) | Value::Moment(_) | Value::Day(_) => {
            field
        }
    };
    field.build().map(Arc::new)
}

fn amount_type() -> LogicalType {
    LogicalType::decimal(SCALE.cast_signed(), PRECISION.cast_signed())
}

fn write<R>(
    writer: &mut SerializedColumnWriter<'_>,
    value: &Value<R>,
    rows: &[&R],
    purpose: Use,
) -> Result<()> {
    let rows = rows.iter().copied();
    match value {
        Value::Text(read) => {
            let text = |text: String| match purpose {
                Use::Shown => ByteArray::from(printable(&text).into_owned().into_bytes()),
                Use::Asked => ByteArray::from(text.into_bytes()),
            };
            put::<ByteArrayType>(writer, rows.map(|row| read(row).map(text)))
        }
        Value::Amount(read) => {
            let cells = rows.map(|row| read(row).and_then(amount));
            put::<FixedLenByteArrayType>(writer, cells)
        }
        Value::Count(read) => {
            let cells = rows.map(|row| read(row).and_then(|count| i64::try_from(count).ok()));
            put::<Int64Type>(writer, cells)
        }
        Value::Truth(read) => put::<BoolType>(writer, rows.map(read)),
        Value::Moment(read) => {
            let since = |moment: Timestamp| match purpose {
                Use::Shown => moment.as_millisecond(),
                Use::Asked => moment.as_microsecond(),
            };
            put::<Int64Type>(writer, rows.map(|row| read(row).map(since)))
        }
        Value::Day(read) => {
            let since = |day: Date| day.since(EPOCH).ok().map(|span| span.get_days());
            put::<Int32Type>(writer, rows.map(|row| read(row).and_then(since)))
        }
    }
}

/// Writes the cells of a column: values where there are some, and a level for each cell that says
/// whether there is one.
fn put<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let cells: Vec<Option<T::T>> = cells.collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.into_iter().flatten().collect();
    let writer = writer.typed::<T>();
    writer.write_batch(&values, Some(&levels), None)?;
    Ok(())
}

/// An amount as Parquet keeps it; `None` for one of more than 26 digits before the point.
fn amount(amount: Decimal) -> Option<FixedLenByteArray> {
    let rounded = amount.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointAwayFromZero);
    let shift = 10_i128.checked_pow(SCALE - rounded.scale())?;
    let digits = rounded.mantissa().checked_mul(shift)?;
    let fits = digits.unsigned_abs() < 10_u128.pow(PRECISION);
    fits.then(|| ByteArray::from(digits.to_be_bytes().to_vec()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Option<i128> {
        let kept = amount(text.parse().expect("a decimal"))?;
        let bytes = kept.data().try_into().expect("16 bytes");
        Some(i128::from_be_bytes(bytes))
    }

    #[test]
    fn amounts_are_kept_to_the_twelfth_place() {
        assert_eq!(kept("16.425"), Some(16_425_000_000_000));
        assert_eq!(kept("0"), Some(0));
        assert_eq!(kept("0.0000000000005"), Some(1));
        assert_eq!(kept("0.0000000000004"), Some(0));
        assert_eq!(
            kept("99999999999999999999999999"),
            Some(99_999_999_999_999_999_999_999_999 * 10_i128.pow(12))
        );
    }

    #[test]
    fn an_amount_that_does_not_fit_is_not_cut() {
        assert_eq!(kept("100000000000000000000000000"), None);
        assert_eq!(kept(&Decimal::MAX.to_string()), None);
    }
}
