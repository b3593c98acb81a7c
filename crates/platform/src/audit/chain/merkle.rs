//! The hash tree over the entries of a seal, as RFC 6962, section 2.1 has it.

use sha2::{Digest, Sha256};

use super::digest::{Hash, Hex};

/// The hash of a leaf. The zero byte keeps a leaf from ever being taken for a node.
pub(super) fn leaf(bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(bytes);
    Hex(hasher.finalize().into())
}

/// The root of the tree over `leaves`: SHA-256 of nothing for none.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hex(Sha256::digest([]).into()),
        [only] => *only,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            let mut hasher = Sha256::new();
            hasher.update([1]);
            hasher.update(root(left).0);
            hasher.update(root(right).0);
            Hex(hasher.finalize().into())
        }
    }
}
