//! Small images of images.
//!
//! **Invariant:** an image is decoded only within limits of size and memory that its own head cannot talk larger: a picture of 20 kB that says
//! that it is a gigapixel is refused before memory is taken.
//! **Invariant:** what is made holds pixels only: no place, no camera, no comment of the original.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Limits};

/// The longer side of a small image (pixels).
pub const SIDE: u32 = 320;
/// The largest file that a small image is made of (bytes).
pub const LARGEST_FILE: usize = 32 << 20;
/// The longest side of an image that is decoded (pixels).
const LONGEST_SIDE: u32 = 16_384;
/// Memory that decoding may take (bytes).
const MEMORY: u64 = 256 << 20;

/// The types that are decoded.
const DECODED: [(&str, image::ImageFormat); 3] =
    [("image/png", image::ImageFormat::Png), ("image/jpeg", image::ImageFormat::Jpeg), ("image/webp", image::ImageFormat::WebP)];

/// Whether small images are made of files of this type.
pub fn are_made_of(media_type: &str) -> bool {
    DECODED.iter().any(|(known, _)| *known == media_type)
}

/// A small image, and how large the original is.
#[derive(Debug)]
pub struct Thumbnail {
    /// The small image, as JPEG, or as PNG where one looks through it.
    pub bytes: Vec<u8>,
    /// Width of the original as it is meant to be seen (pixels).
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// Makes a small image of a file of this type. Takes as long as the image is large: not for threads that answer requests.
///
/// # Errors
/// Why there is none: broken, too large, of another type.
pub fn make(media_type: &str, file: &[u8]) -> Result<Thumbnail, String> {
    let (_, format) = DECODED.iter().find(|(known, _)| *known == media_type).ok_or("images of this type are not decoded")?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(file), *format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|wrong| wrong.to_string())?;
    let (width, height) = decoder.dimensions();
    if decoder.total_bytes() > MEMORY {
        return Err(format!("{width} × {height} pixels are more than are decoded"));
    }
    let orientation = decoder.orientation().map_err(|wrong| wrong.to_string())?;
    let mut whole = DynamicImage::from_decoder(decoder).map_err(|wrong| wrong.to_string())?;
    let small = if width.max(height) > SIDE { whole.thumbnail(SIDE, SIDE) } else { std::mem::take(&mut whole) };
    drop(whole);
    let mut small = small;
    small.apply_orientation(orientation);
    let turned = (small.width() > small.height()) != (width > height) && width != height && small.width() != small.height();
    let (width, height) = if turned { (height, width) } else { (width, height) };
    Ok(Thumbnail { bytes: encoded(&small).map_err(|wrong| wrong.to_string())?, width, height })
}

fn encoded(small: &DynamicImage) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    if small.color().has_alpha() {
        let pixels = small.to_rgba8();
        PngEncoder::new(&mut bytes).write_image(pixels.as_raw(), pixels.width(), pixels.height(), image::ExtendedColorType::Rgba8)?;
    } else {
        let pixels = small.to_rgb8();
        JpegEncoder::new_with_quality(&mut bytes, 80).write_image(
            pixels.as_raw(),
            pixels.width(),
            pixels.height(),
            image::ExtendedColorType::Rgb8,
        )?;
    }
    Ok(bytes)
}

/// The type of a small image, by its first bytes.
pub fn type_of(small: &[u8]) -> &'static str {
    if small.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, alpha: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new(&mut bytes);
        if alpha {
            encoder.write_image(&vec![128; (width * height * 4) as usize], width, height, image::ExtendedColorType::Rgba8).unwrap();
        } else {
            encoder.write_image(&vec![128; (width * height * 3) as usize], width, height, image::ExtendedColorType::Rgb8).unwrap();
        }
        bytes
    }

    #[test]
    fn a_small_image_fits_its_side_and_keeps_its_proportions() {
        let made = make("image/png", &png(1_600, 800, false)).unwrap();
        assert_eq!((made.width, made.height), (1_600, 800));
        let small = image::load_from_memory(&made.bytes).unwrap();
        assert_eq!((small.width(), small.height(), type_of(&made.bytes)), (320, 160, "image/jpeg"));
        let clear = make("image/png", &png(20, 10, true)).unwrap();
        let small = image::load_from_memory(&clear.bytes).unwrap();
        assert_eq!((small.width(), small.height(), type_of(&clear.bytes)), (20, 10, "image/png"));
    }

    #[test]
    fn what_claims_to_be_huge_or_is_broken_is_refused() {
        let mut huge = png(1, 1, false);
        // The head says 60,000 × 60,000; its checksum is made to fit.
        huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let sum = crc(&huge[12..29]).to_be_bytes();
        huge[29..33].copy_from_slice(&sum);
        assert!(make("image/png", &huge).is_err());
        let whole = png(64, 64, false);
        assert!(make("image/png", &whole[..whole.len() / 2]).is_err());
        assert!(make("image/png", b"\x89PNG\r\n\x1a\n").is_err());
        assert!(make("image/jpeg", &whole).is_err());
        assert!(make("image/tiff", &whole).is_err());
    }

    /// CRC-32 of PNG (ISO 3309).
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
        })
    }
}
