//! Parquet files as the tests read them back.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use rust_decimal::Decimal;

/// A row by its columns; a cell that is empty is not in it.
pub(crate) type Row = BTreeMap<String, String>;

/// The rows of a file.
pub(crate) fn read(bytes: &[u8]) -> Vec<Row> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes)).expect("Parquet");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| {
        let row = row.expect("a row");
        let cells = row.get_column_iter();
        let cells = cells.map(|(name, field)| Some((name.clone(), spelled(field)?)));
        cells.flatten().collect()
    })
    .collect()
}

fn spelled(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => return None,
        Field::Str(text) => text.clone(),
        Field::Bool(truth) => truth.to_string(),
        Field::Long(count) => count.to_string(),
        Field::Date(days) => day(*days).to_string(),
        Field::TimestampMillis(millis) => {
            let moment = Timestamp::from_millisecond(*millis);
            moment.expect("a time").to_string()
        }
        Field::TimestampMicros(micros) => {
            let moment = Timestamp::from_microsecond(*micros);
            moment.expect("a time").to_string()
        }
        Field::Decimal(amount) => {
            let digits = amount.data().try_into().expect("16 bytes");
            let scale = u32::try_from(amount.scale()).expect("a scale");
            let amount = Decimal::from_i128_with_scale(i128::from_be_bytes(digits), scale);
            amount.normalize().to_string()
        }
        other => panic!("no such field: {other}"),
    })
}

fn day(since_the_epoch: i32) -> Date {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch + jiff::Span::new().days(since_the_epoch)
}
