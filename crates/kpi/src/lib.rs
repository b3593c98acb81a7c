//! Key figures of manufacturing operations by ISO 22400-2, from times and counts alone.
//!
//! **Invariant:** no database, no clock; what is not known is none, never zero.
