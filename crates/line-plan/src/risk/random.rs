//! Random numbers by counting: the number for a sample, an input and a name is worked out from these alone.
//!
//! Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a counter into 128 random bits under
//! a key, the seed. The counter is made of names, not of rows: neither threads nor the order of rows change a draw, and two scenarios
//! studied with the same seed meet the same weather (common random numbers).
//!
//! **Invariant:** there is no state; equal arguments give equal numbers.

const ROUNDS: usize = 10;
const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// 128 random bits for a counter under a key.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let (left, right) = (MULTIPLIERS[0] * u64::from(counter[0]), MULTIPLIERS[1] * u64::from(counter[2]));
        counter = [(right >> 32) as u32 ^ counter[1] ^ key[0], right as u32, (left >> 32) as u32 ^ counter[3] ^ key[1], left as u32];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// The numbers of one sample and one input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    key: [u32; 2],
    sample: u32,
    input: u32,
}

impl Stream {
    /// `input` counts the uncertain inputs.
    pub fn new(seed: u64, sample: u32, input: u32) -> Stream {
        Stream { key: [seed as u32, (seed >> 32) as u32], sample, input }
    }

    /// A number strictly between 0 and 1 for a thing.
    pub fn share(&self, thing: u64) -> f64 {
        let bits = philox([self.sample, self.input, thing as u32, (thing >> 32) as u32], self.key);
        let word = u64::from(bits[0]) << 32 | u64::from(bits[1]);
        ((word >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    /// A standard normal number for a thing.
    pub fn normal(&self, thing: u64) -> f64 {
        normal_quantile(self.share(thing))
    }
}

/// A number for what words say together: FNV-1a with the finisher of SplitMix64.
pub(crate) fn thing(words: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in words {
        // What stands between words keeps "a", "bc" from "ab", "c".
        for byte in word.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    finished(hash)
}

/// A number for a thing in a period.
pub(crate) fn in_period(thing: u64, period: u64) -> u64 {
    finished(thing ^ period.rotate_left(32))
}

fn finished(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Share of the standard normal distribution below `z`, to about 1e-14, of its own size 1e-8 (Hart 1968, as given by West, "Better approximations to cumulative normal
/// functions", Wilmott 2005).
pub(crate) fn normal_share(z: f64) -> f64 {
    const ABOVE: [f64; 7] = [
        3.526_249_659_989_11e-2,
        0.700_383_064_443_688,
        6.373_962_203_531_65,
        33.912_866_078_383,
        112.079_291_497_871,
        221.213_596_169_931,
        220.206_867_912_376,
    ];
    const BELOW: [f64; 8] = [
        8.838_834_764_831_84e-2,
        1.755_667_163_182_64,
        16.064_177_579_207,
        86.780_732_202_946_1,
        296.564_248_779_674,
        637.333_633_378_831,
        793.826_512_519_948,
        440.413_735_824_752,
    ];
    let x = z.abs();
    let tail = if x > 37.0 {
        0.0
    } else if x < 7.071_067_811_865_47 {
        (-x * x / 2.0).exp() * polynomial(&ABOVE, x) / polynomial(&BELOW, x)
    } else {
        let fraction = x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / (x + 0.65))));
        (-x * x / 2.0).exp() / fraction / 2.506_628_274_631
    };
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// The `z` with this share of the standard normal distribution below it, to about 1e-16 (Wichura, "Algorithm AS 241", Applied Statistics 1988).
pub(crate) fn normal_quantile(share: f64) -> f64 {
    const CENTRE: [[f64; 8]; 2] = [
        [
            2.509_080_928_730_122_7e3,
            3.343_057_558_358_813e4,
            6.726_577_092_700_87e4,
            4.592_195_393_154_987e4,
            1.373_169_376_550_946e4,
            1.971_590_950_306_551_4e3,
            1.331_416_678_917_843_8e2,
            3.387_132_872_796_366_6,
        ],
        [
            5.226_495_278_852_854e3,
            2.872_908_573_572_194_3e4,
            3.930_789_580_009_271e4,
            2.121_379_430_158_66e4,
            5.394_196_021_424_751e3,
            6.871_870_074_920_579e2,
            4.231_333_070_160_091e1,
            1.0,
        ],
    ];
    const SHOULDER: [[f64; 8]; 2] = [
        [
            7.745_450_142_783_414e-4,
            2.272_384_498_926_918_4e-2,
            2.417_807_251_774_506e-1,
            1.270_458_252_452_368_4,
            3.647_848_324_763_204_5,
            5.769_497_221_460_691,
            4.630_337_846_156_546,
            1.423_437_110_749_683_5,
        ],
        [
            1.050_750_071_644_416_9e-9,
            5.475_938_084_995_345e-4,
            1.519_866_656_361_645_7e-2,
            1.481_039_764_274_800_8e-1,
            6.897_673_349_851e-1,
            1.676_384_830_183_803_8,
            2.053_191_626_637_759,
            1.0,
        ],
    ];
    const TAIL: [[f64; 8]; 2] = [
        [
            2.010_334_399_292_288_1e-7,
            2.711_555_568_743_487_6e-5,
            1.242_660_947_388_078_4e-3,
            2.653_218_952_657_612_4e-2,
            2.965_605_718_285_048_7e-1,
            1.784_826_539_917_291_3,
            5.463_784_911_164_114,
            6.657_904_643_501_103,
        ],
        [
            2.044_263_103_389_939_8e-15,
            1.421_511_758_316_446e-7,
            1.846_318_317_510_054_8e-5,
            7.868_691_311_456_133e-4,
            1.487_536_129_085_061_5e-2,
            1.369_298_809_227_358e-1,
            5.998_322_065_558_88e-1,
            1.0,
        ],
    ];
    let ratio = |[above, below]: &[[f64; 8]; 2], r: f64| polynomial(above, r) / polynomial(below, r);
    let q = share - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(&CENTRE, 0.180_625 - q * q);
    }
    let r = (-share.min(1.0 - share).ln()).sqrt();
    let z = if r <= 5.0 { ratio(&SHOULDER, r - 1.6) } else { ratio(&TAIL, r - 5.0) };
    if q < 0.0 { -z } else { z }
}

/// Horner's rule, the highest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that come with Random123.
    #[test]
    fn philox_gives_the_published_answers() {
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox(counter, key), expected);
        }
    }

    #[test]
    fn normal_share_and_quantile_undo_each_other_and_meet_published_values() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.841_344_746_068_543), (-1.96, 0.024_997_895_148_220_4), (-6.0, 9.865_876_450_376_98e-10)] {
            assert!((normal_share(z) - share).abs() <= 1e-14_f64.min(1e-8 * share), "{z}: {}", normal_share(z));
        }
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        for step in 0..6000 {
            // Beyond 5 a share is so near 1 that the tail has few digits left.
            let z = -7.0 + f64::from(step) * 0.002;
            let back = normal_quantile(normal_share(z));
            assert!((back - z).abs() < 1e-8, "{z} came back as {back}");
        }
    }

    #[test]
    fn shares_are_even_and_names_and_samples_have_numbers_of_their_own() {
        let count = 40_000;
        let mean = |of: &dyn Fn(u32) -> f64| (0..count).map(of).sum::<f64>() / f64::from(count);
        let line = thing(&["P1", "SMT-01"]);
        let share = |sample| Stream::new(7, sample, 0).share(line);
        // Three standard errors.
        assert!((mean(&share) - 0.5).abs() < 3.0 * (1.0 / 12.0_f64).sqrt() / f64::from(count).sqrt());
        let together = |sample| (share(sample) - 0.5) * (Stream::new(7, sample, 0).share(thing(&["P1", "SMT-02"])) - 0.5);
        assert!(mean(&together).abs() < 3.0 / 12.0 / f64::from(count).sqrt());
        assert_ne!(thing(&["a", "bc"]), thing(&["ab", "c"]));
        assert_ne!(Stream::new(7, 1, 0).share(line), Stream::new(8, 1, 0).share(line));
    }
}
