//! The parts of the file around its slides: what there is, what belongs to what, the master that slides are made from, the theme.

use super::shapes::{HIGH, WIDE, escaped};
use crate::Story;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const NAMES: &str = "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
    xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"";

/// The parts, by name; the list of what there is comes first, as readers expect.
pub fn around(story: &Story, slides: usize, logo: Option<&str>) -> Vec<(String, String)> {
    let part = |name: &str, text: String| (name.to_owned(), format!("{HEAD}{text}"));
    vec![
        part("[Content_Types].xml", content_types(slides, logo)),
        part(
            "_rels/.rels",
            relations(&[
                ("rId1", "officeDocument", "ppt/presentation.xml"),
                ("rId2", "metadata/core-properties", "docProps/core.xml"),
                ("rId3", "extended-properties", "docProps/app.xml"),
            ]),
        ),
        part("docProps/core.xml", core(story)),
        part(
            "docProps/app.xml",
            format!(
                r#"<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Gemba</Application><Slides>{slides}</Slides></Properties>"#
            ),
        ),
        part("ppt/presentation.xml", presentation(slides)),
        part("ppt/_rels/presentation.xml.rels", presentation_relations(slides)),
        part("ppt/theme/theme1.xml", theme(story)),
        part("ppt/slideMasters/slideMaster1.xml", master()),
        part(
            "ppt/slideMasters/_rels/slideMaster1.xml.rels",
            relations(&[("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml"), ("rId2", "theme", "../theme/theme1.xml")]),
        ),
        part("ppt/slideLayouts/slideLayout1.xml", layout()),
        part("ppt/slideLayouts/_rels/slideLayout1.xml.rels", relations(&[("rId1", "slideMaster", "../slideMasters/slideMaster1.xml")])),
    ]
}

/// What a slide belongs to, and the picture it shows.
pub fn slide_relations(logo: Option<&str>) -> String {
    let logo = logo.map(|format| format!("../media/logo.{format}"));
    let mut all = vec![("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml")];
    all.extend(logo.as_deref().map(|path| ("rId2", "image", path)));
    format!("{HEAD}{}", relations(&all))
}

fn relations(all: &[(&str, &str, &str)]) -> String {
    let one = |(id, kind, target): &(&str, &str, &str)| {
        let space = if kind.starts_with("metadata/") { format!("{PACKAGE}/relationships") } else { OFFICE.to_owned() };
        format!(r#"<Relationship Id="{id}" Type="{space}/{kind}" Target="{target}"/>"#)
    };
    format!(r#"<Relationships xmlns="{PACKAGE}/relationships">{}</Relationships>"#, all.iter().map(one).collect::<String>())
}

fn content_types(slides: usize, logo: Option<&str>) -> String {
    let form = "application/vnd.openxmlformats-officedocument.presentationml";
    let mut text = format!(
        r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>"#
    );
    if let Some(format) = logo {
        let media = if format == "png" { "image/png" } else { "image/jpeg" };
        text.push_str(&format!(r#"<Default Extension="{format}" ContentType="{media}"/>"#));
    }
    let mut put = |name: &str, kind: &str| text.push_str(&format!(r#"<Override PartName="{name}" ContentType="{kind}"/>"#));
    put("/ppt/presentation.xml", &format!("{form}.presentation.main+xml"));
    put("/ppt/slideMasters/slideMaster1.xml", &format!("{form}.slideMaster+xml"));
    put("/ppt/slideLayouts/slideLayout1.xml", &format!("{form}.slideLayout+xml"));
    put("/ppt/theme/theme1.xml", "application/vnd.openxmlformats-officedocument.theme+xml");
    put("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml");
    put("/docProps/app.xml", "application/vnd.openxmlformats-officedocument.extended-properties+xml");
    for number in 1..=slides {
        put(&format!("/ppt/slides/slide{number}.xml"), &format!("{form}.slide+xml"));
    }
    text.push_str("</Types>");
    text
}

fn core(story: &Story) -> String {
    format!(
        r#"<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title><dc:creator>{}</dc:creator><dc:language>{}</dc:language></cp:coreProperties>"#,
        escaped(&story.title),
        escaped(&story.brand.name),
        story.language
    )
}

fn presentation(slides: usize) -> String {
    let list: String = (0..slides).map(|number| format!(r#"<p:sldId id="{}" r:id="rId{}"/>"#, 256 + number, 3 + number)).collect();
    format!(
        r#"<p:presentation {NAMES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst>{list}</p:sldIdLst><p:sldSz cx="{WIDE}" cy="{HIGH}"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>"#
    )
}

fn presentation_relations(slides: usize) -> String {
    let names: Vec<(String, String)> =
        (0..slides).map(|number| (format!("rId{}", 3 + number), format!("slides/slide{}.xml", number + 1))).collect();
    let mut all = vec![("rId1", "slideMaster", "slideMasters/slideMaster1.xml"), ("rId2", "theme", "theme/theme1.xml")];
    all.extend(names.iter().map(|(id, target)| (id.as_str(), "slide", target.as_str())));
    relations(&all)
}

const EMPTY: &str = r#"<p:cSld><p:bg><p:bgPr><a:solidFill><a:schemeClr val="bg1"/></a:solidFill><a:effectLst/></p:bgPr></p:bg><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>TITLE</p:spTree></p:cSld>"#;

/// Where a title stands that a slide does not place itself.
fn with_title() -> String {
    let title = format!(
        r#"<p:sp><p:nvSpPr><p:cNvPr id="2" name="Title"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="609600" y="380000"/><a:ext cx="{}" cy="560000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr/></a:p></p:txBody></p:sp>"#,
        WIDE - 2 * 609_600
    );
    EMPTY.replace("TITLE", &title)
}

fn master() -> String {
    let level = r#"<a:lvl1pPr algn="l"><a:defRPr sz="1800"><a:solidFill><a:schemeClr val="tx1"/></a:solidFill><a:latin typeface="+mn-lt"/></a:defRPr></a:lvl1pPr>"#;
    format!(
        r#"<p:sldMaster {NAMES}>{}<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst><p:txStyles><p:titleStyle>{level}</p:titleStyle><p:bodyStyle>{level}</p:bodyStyle><p:otherStyle>{level}</p:otherStyle></p:txStyles></p:sldMaster>"#,
        with_title()
    )
}

fn layout() -> String {
    format!(
        r#"<p:sldLayout {NAMES} type="titleOnly" preserve="1">{}<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"#,
        with_title().replace("<p:cSld>", r#"<p:cSld name="Title">"#)
    )
}

fn theme(story: &Story) -> String {
    let brand = story.brand.colour.trim_start_matches('#').to_ascii_uppercase();
    let colours = [
        ("dk1", "1C2430"),
        ("lt1", "FFFFFF"),
        ("dk2", "5B6675"),
        ("lt2", "F4F6F8"),
        ("accent1", brand.as_str()),
        ("accent2", "C2362B"),
        ("accent3", "D3EAD6"),
        ("accent4", "FAEDB8"),
        ("accent5", "F9CFA0"),
        ("accent6", "DBE7F3"),
        ("hlink", brand.as_str()),
        ("folHlink", "5B6675"),
    ];
    let colours: String = colours.iter().map(|(name, value)| format!(r#"<a:{name}><a:srgbClr val="{value}"/></a:{name}>"#)).collect();
    let font = r#"<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>"#;
    let fill = r#"<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>"#;
    let line = r#"<a:ln w="6350"><a:solidFill><a:schemeClr val="phClr"/></a:solidFill></a:ln>"#;
    let effect = "<a:effectStyle><a:effectLst/></a:effectStyle>";
    format!(
        r#"<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Gemba"><a:themeElements><a:clrScheme name="Gemba">{colours}</a:clrScheme><a:fontScheme name="Gemba"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme><a:fmtScheme name="Gemba"><a:fillStyleLst>{fill}{fill}{fill}</a:fillStyleLst><a:lnStyleLst>{line}{line}{line}</a:lnStyleLst><a:effectStyleLst>{effect}{effect}{effect}</a:effectStyleLst><a:bgFillStyleLst>{fill}{fill}{fill}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"#
    )
}
