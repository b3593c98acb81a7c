//! Every way to tamper with a chain, and what is found.

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// A chain as a database holds it: seals, and the entries found in the place of each.
#[derive(Clone)]
struct Chain {
    seals: Vec<Seal>,
    entries: Vec<Vec<Entry>>,
}

fn organization(number: u128) -> Uuid {
    Uuid::from_u128(0xa000 + number)
}

fn signer() -> Signer {
    Signer::new(&[7; 32])
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn entry(organization: Uuid, number: u128) -> Entry {
    Entry {
        organization,
        id: Uuid::from_u128(number),
        occurred_at: at(number as i64),
        plant: number.is_multiple_of(2).then(|| Uuid::from_u128(0xb0)),
        actor: "user:5ad1".into(),
        ip: Some("192.0.2.7".into()),
        request: Some(Uuid::from_u128(0xc0)),
        action: "line.updated".into(),
        kind: Some("line".into()),
        record: Some(Uuid::from_u128(0xd0)),
        outcome: "success".into(),
        before: Some(r#"{"name": "SMT 1"}"#.into()),
        after: Some(format!(r#"{{"name": "SMT {number}"}}"#)),
        detail: None,
    }
}

/// Seals with these numbers of entries.
fn chain(organization: Uuid, sizes: &[usize]) -> Chain {
    let (mut end, mut number, mut chain) = (End::BEGINNING, 0, Chain { seals: Vec::new(), entries: Vec::new() });
    for (at_seal, size) in sizes.iter().enumerate() {
        let entries: Vec<Entry> = (0..*size)
            .map(|_| {
                number += 1;
                entry(organization, number)
            })
            .collect();
        let leaves = entries.iter().map(Entry::leaf).collect();
        let seal = Seal::over(organization, end, leaves, end.transaction + 10, at(1_000 + at_seal as i64), &signer());
        end = seal.end();
        chain.seals.push(seal);
        chain.entries.push(entries);
    }
    chain
}

impl Chain {
    fn verify(&self, removals: &[Removal], witness: &[Head]) -> Vec<Problem> {
        let trust = Trust::of([signer().public_key()], &[]);
        let organization = organization(1);
        let mut verifier = Verifier::new(organization, &trust, removals, witness);
        for (seal, entries) in self.seals.iter().zip(&self.entries) {
            let found: Vec<Found> = entries.iter().map(Found::from).collect();
            verifier.seal(seal, &found, &Ranges::default());
        }
        verifier.finish(0).findings.into_iter().map(|finding| finding.problem).collect()
    }

    fn heads(&self) -> Vec<Head> {
        self.seals.iter().map(Seal::head).collect()
    }
}

/// Tampers with a chain of three seals and five entries each and expects exactly these findings.
fn check(tamper: impl FnOnce(&mut Chain), expected: &[Problem]) {
    let mut tampered = chain(organization(1), &[5, 5, 5]);
    assert_eq!(tampered.verify(&[], &tampered.heads()), [], "an untouched chain is sound");
    tamper(&mut tampered);
    assert_eq!(tampered.verify(&[], &[]), expected);
}

#[test]
fn a_changed_entry_is_found_whatever_was_changed() {
    let changed = [Problem::EntryChanged { number: 7, id: Uuid::from_u128(7) }];
    let changes: [fn(&mut Entry); 14] = [
        |entry| entry.after = Some(r#"{"name": "SMT 8"}"#.into()),
        |entry| entry.before = None,
        |entry| entry.before = Some(String::new()),
        |entry| entry.detail = Some(String::new()),
        |entry| entry.actor = "user:6be2".into(),
        |entry| entry.occurred_at = at(8),
        |entry| entry.occurred_at += jiff::SignedDuration::from_micros(1),
        |entry| entry.plant = Some(Uuid::from_u128(0xb1)),
        |entry| entry.ip = None,
        |entry| entry.request = None,
        |entry| entry.action = "line.created".into(),
        |entry| entry.kind = None,
        |entry| entry.record = None,
        |entry| entry.outcome = "refused".into(),
    ];
    for change in changes {
        check(|chain| change(&mut chain.entries[1][1]), &changed);
    }
}

#[test]
fn a_deleted_entry_is_found() {
    check(|chain| drop(chain.entries[1].remove(2)), &[Problem::EntryMissing { number: 8 }]);
}

#[test]
fn an_inserted_entry_is_found() {
    let stranger = entry(organization(1), 99);
    check(|chain| chain.entries[1].insert(2, stranger), &[Problem::EntryAdded { id: Uuid::from_u128(99) }]);
}

#[test]
fn a_repeated_entry_is_found() {
    check(
        |chain| {
            let again = chain.entries[1][3].clone();
            chain.entries[1].push(again);
        },
        &[Problem::EntryRepeated { id: Uuid::from_u128(9) }],
    );
}

#[test]
fn reordered_entries_are_found() {
    check(|chain| chain.entries[1].swap(1, 2), &[Problem::EntriesReordered { number: 7 }]);
}

#[test]
fn an_entry_moved_to_another_seal_is_found() {
    check(
        |chain| {
            let moved = chain.entries[0].remove(4);
            chain.entries[1].insert(0, moved);
        },
        &[Problem::EntryMissing { number: 5 }, Problem::EntryAdded { id: Uuid::from_u128(5) }],
    );
}

#[test]
fn a_removed_seal_is_found() {
    check(
        |chain| {
            chain.seals.remove(1);
            chain.entries.remove(1);
        },
        &[Problem::SealsMissing { first: 2, last: 2 }],
    );
}

#[test]
fn a_truncated_chain_is_found_by_its_witness() {
    let mut chain = chain(organization(1), &[5, 5, 5]);
    let witness = chain.heads();
    chain.seals.pop();
    chain.entries.pop();
    assert_eq!(chain.verify(&[], &witness), [Problem::RolledBack { witnessed: 3, found: 2 }]);
}

#[test]
fn a_chain_written_anew_is_found_by_its_witness() {
    let old = chain(organization(1), &[5, 5]);
    let anew = chain(organization(1), &[5, 4]);
    assert_eq!(anew.verify(&[], &old.heads()), [Problem::HeadDiffers]);
}

#[test]
fn entries_and_seals_of_another_organization_are_found() {
    let other = chain(organization(2), &[5, 5, 5]);
    check(|chain| chain.entries[1][0] = other.entries[1][0].clone(), &[Problem::EntryChanged { number: 6, id: Uuid::from_u128(6) }]);
    check(
        |chain| {
            chain.seals[2] = other.seals[2].clone();
            chain.entries[2] = other.entries[2].clone();
        },
        &[Problem::SealForeign, Problem::ChainBroken],
    );
}

#[test]
fn a_changed_seal_is_found() {
    let sealed_later = at(2_000);
    check(|chain| chain.seals[2].sealed_at = sealed_later, &[Problem::SealChanged, Problem::SignatureWrong]);
    let forged = entry(organization(1), 8);
    check(
        |chain| {
            chain.entries[1][1] = forged.clone();
            chain.seals[1].leaves[1] = forged.leaf();
        },
        &[Problem::SealChanged],
    );
}

#[test]
fn a_forged_head_is_found() {
    let forger = Signer::new(&[8; 32]);
    // Signed with another key that is named as what it is; and with one that pretends to be ours.
    check(
        |chain| {
            chain.seals[2].key = forger.public_key();
            chain.seals[2].signature = forger.sign(&chain.seals[2].head().statement());
        },
        &[Problem::KeyUnknown { key: forger.public_key() }],
    );
    check(|chain| chain.seals[2].signature = forger.sign(&chain.seals[2].head().statement()), &[Problem::SignatureWrong]);
}

#[test]
fn a_forged_witness_is_found() {
    let chain = chain(organization(1), &[5]);
    let mut witness = chain.heads();
    witness[0].number = 9;
    assert_eq!(chain.verify(&[], &witness), [Problem::WitnessForged { number: 9 }]);
}

#[test]
fn the_chain_closes_over_what_retention_removed_and_over_nothing_else() {
    let mut chain = chain(organization(1), &[5, 5]);
    let ranges: Ranges = "1-3,7".parse().unwrap();
    let removal = Removal::of(organization(1), ranges, "retention access 365 d".into(), at(5_000), &signer());
    chain.entries[0].drain(..3);
    chain.entries[1].remove(1);
    assert_eq!(chain.verify(std::slice::from_ref(&removal), &[]), []);
    chain.entries[1].remove(1);
    assert_eq!(chain.verify(std::slice::from_ref(&removal), &[]), [Problem::EntryMissing { number: 8 }]);
    let widened = Removal { entries: "1-3,7-8".parse().unwrap(), ..removal };
    assert_eq!(chain.verify(&[widened], &[])[0], Problem::RemovalForged { entries: "1-3,7-8".into() });
}

#[test]
fn a_key_is_trusted_when_a_trusted_one_introduces_it() {
    let [first, second, third, stranger] = [1, 2, 3, 4].map(|secret| Signer::new(&[secret; 32]));
    let introductions =
        [second.introduce(third.public_key()), first.introduce(second.public_key()), stranger.introduce(stranger.public_key())];
    let trust = Trust::of([first.public_key()], &introductions);
    assert_eq!([&first, &second, &third, &stranger].map(|signer| trust.holds(&signer.public_key())), [true, true, true, false]);
}

/// A bundle of a chain, as text.
fn bundle(chain: &Chain, header: BundleHeader, outside: &Ranges) -> String {
    let mut bundle = Bundle::begin(Vec::new(), header).unwrap();
    for (seal, entries) in chain.seals.iter().zip(&chain.entries) {
        bundle.seal(seal.clone(), outside.clone()).unwrap();
        for (place, entry) in entries.iter().enumerate() {
            if !outside.holds(seal.first + place as u64) {
                bundle.entry(entry.clone()).unwrap();
            }
        }
    }
    String::from_utf8(bundle.end(&signer()).unwrap()).unwrap()
}

fn header() -> BundleHeader {
    BundleHeader {
        format: String::new(),
        organization: organization(1),
        from: None,
        to: None,
        exported_at: at(9_000),
        exported_by: "user:5ad1".into(),
        introductions: Vec::new(),
    }
}

fn check_bundle(text: &str, witness: &[Head]) -> Vec<Problem> {
    let checked = super::check(text.as_bytes(), &[signer().public_key()], witness).unwrap();
    checked.verified.findings.into_iter().map(|finding| finding.problem).collect()
}

#[test]
fn a_bundle_proves_itself_and_every_tampered_line_shows() {
    let chain = chain(organization(1), &[2, 3]);
    let text = bundle(&chain, header(), &Ranges::default());
    assert_eq!(check_bundle(&text, &chain.heads()), []);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 2 + 5 + 1);
    for cut in 1..lines.len() {
        let without: String = lines.iter().enumerate().filter(|(at, _)| *at != cut).map(|(_, line)| format!("{line}\n")).collect();
        assert_ne!(check_bundle(&without, &[]), [], "without line {cut}");
        let twice: String =
            lines.iter().enumerate().map(|(at, line)| if at == cut { format!("{line}\n{line}\n") } else { format!("{line}\n") }).collect();
        assert_ne!(check_bundle(&twice, &[]), [], "with line {cut} twice");
        let truncated: String = lines[..cut].iter().map(|line| format!("{line}\n")).collect();
        assert_ne!(check_bundle(&truncated, &[]), [], "cut at line {cut}");
    }
    let found = check_bundle(&text.replace("\"SMT 4", "\"SMT 5").replace(r#"SMT 4\""#, r#"SMT 5\""#), &[]);
    assert!(found.contains(&Problem::EntryChanged { number: 4, id: Uuid::from_u128(4) }), "{found:?}");
}

#[test]
fn a_bundle_of_a_period_leaves_out_the_rest_and_still_proves_itself() {
    let chain = chain(organization(1), &[3, 3]);
    let part = Chain { seals: chain.seals[1..].to_vec(), entries: chain.entries[1..].to_vec() };
    let header = BundleHeader { from: Some(at(5)), to: Some(at(9)), ..header() };
    let text = bundle(&part, header, &"4".parse().unwrap());
    assert!(!text.contains("SMT 4") && text.contains("SMT 5"));
    assert_eq!(check_bundle(&text, &chain.heads()), []);
}

#[test]
fn the_bytes_of_an_entry_and_a_seal_are_fixed_for_ever() {
    let entry = entry(organization(1), 2);
    assert_eq!(
        entry.canonical(),
        "gemba audit entry 1\norganization 36:00000000-0000-0000-0000-00000000a001\nid 36:00000000-0000-0000-0000-000000000002\n\
         occurred_at 27:2026-09-21T14:13:22.000000Z\nplant 36:00000000-0000-0000-0000-0000000000b0\nactor 9:user:5ad1\nip 9:192.0.2.7\n\
         request 36:00000000-0000-0000-0000-0000000000c0\naction 12:line.updated\nkind 4:line\n\
         record 36:00000000-0000-0000-0000-0000000000d0\noutcome 7:success\nbefore 17:{\"name\": \"SMT 1\"}\nafter 17:{\"name\": \"SMT 2\"}\ndetail -\n",
    );
    // Computed by another program from docs/audit-trail.md alone.
    let seal = &chain(organization(1), &[3]).seals[0];
    assert_eq!(seal.hash.to_string(), "f85e3eff8b03f2e1b7b1b2a783271d94d6ff708eb0b47cf43c43ff40d00e7f70", "{}", seal.statement());
}

proptest! {
    #[test]
    fn ranges_read_what_they_write(mut numbers in proptest::collection::vec(0u64..500, 0..60)) {
        numbers.sort_unstable();
        let mut ranges = Ranges::default();
        numbers.iter().for_each(|number| ranges.push(*number));
        prop_assert_eq!(ranges.to_string().parse::<Ranges>().unwrap(), ranges.clone());
        for number in 0..500 {
            prop_assert_eq!(ranges.holds(number), numbers.contains(&number));
        }
    }

    #[test]
    fn two_entries_never_share_their_bytes(one in any::<(Option<String>, Option<String>, String)>(), two in any::<(Option<String>, Option<String>, String)>()) {
        let of = |(before, after, actor): &(Option<String>, Option<String>, String)| {
            Entry { before: before.clone(), after: after.clone(), actor: actor.clone(), ..entry(organization(1), 1) }
        };
        prop_assert_eq!(of(&one).canonical() == of(&two).canonical(), one == two);
    }

    #[test]
    fn any_tree_of_other_leaves_has_another_root(size in 1usize..40, place in 0usize..40) {
        let entries: Vec<Hash> = (0..size as u128).map(|number| entry(organization(1), number).leaf()).collect();
        let mut others = entries.clone();
        others[place % size] = entry(organization(1), 999).leaf();
        prop_assert_ne!(root(&entries), root(&others));
    }
}
