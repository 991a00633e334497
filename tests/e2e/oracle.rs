//! A second witness: the emulator's own data plane sends every request where the report says.
