//! Lists whose elements take their public form as they are written.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::ser::{Serialize, Serializer};

use crate::view::View;

/// A list whose elements are turned into their public form one by one, as they are written.
pub(super) struct Each<'a, T, U> {
    all: &'a [T],
    form: PhantomData<fn() -> U>,
}

impl<'a, T, U> Each<'a, T, U> {
    pub(super) fn of(all: &'a [T]) -> Self {
        Self {
            all,
            form: PhantomData,
        }
    }
}

impl<'a, T, U: From<&'a T> + Serialize> Serialize for Each<'a, T, U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.all.iter().map(U::from))
    }
}

impl<T, U: JsonSchema> JsonSchema for Each<'_, T, U> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<U>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<U>::json_schema(generator)
    }
}

/// Like [`Each`], for elements whose public form depends on the rest of the view.
pub(super) struct EachIn<'a, T, U> {
    view: &'a View,
    each: Each<'a, T, U>,
}

impl<'a, T, U> EachIn<'a, T, U> {
    pub(super) fn of(view: &'a View, all: &'a [T]) -> Self {
        Self {
            view,
            each: Each::of(all),
        }
    }
}

impl<'a, T, U: From<(&'a View, &'a T)> + Serialize> Serialize for EachIn<'a, T, U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.each.all.iter();
        serializer.collect_seq(all.map(|one| U::from((self.view, one))))
    }
}

impl<T, U: JsonSchema> JsonSchema for EachIn<'_, T, U> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Each::<T, U>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Each::<T, U>::json_schema(generator)
    }
}
