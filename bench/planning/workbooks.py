"""Workbooks of any length, written cell by cell: an xlsx is a zip of XML, and nothing else is needed to make one."""

import io
import random
import zipfile
from xml.sax.saxutils import escape

LINES_OF_AREA = 40
AREAS = ["SMT", "ICT", "Coating", "Router", "Assembly"]


def workbook(sheets):
    """The bytes of a workbook with these sheets: name, rows of texts and numbers."""
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as parts:
        names = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>' for n, (name, _) in enumerate(sheets, 1))
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        package = "http://schemas.openxmlformats.org/package/2006"
        sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{sheet_type}.worksheet+xml"/>' for n in range(1, len(sheets) + 1)
        )
        parts.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{sheet_type}.sheet.main+xml"/>{overrides}</Types>',
        )
        parts.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        parts.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>')
        links = "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
        )
        parts.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{links}</Relationships>')
        for number, (_, rows) in enumerate(sheets, 1):
            parts.writestr(f"xl/worksheets/sheet{number}.xml", sheet(main, rows))
    return book.getvalue()


def sheet(main, rows):
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column, value in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            if isinstance(value, str):
                cells.append(f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
            else:
                cells.append(f'<c r="{place}"><v>{value}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def plant(rows, seed=1):
    """A plant of so many rows in all: a few lines, many models, most rows say which line makes what and how much is wanted."""
    draw = random.Random(seed)
    lines = [(f"{area[:3].upper()}-{n:02}", area) for area in AREAS for n in range(1, LINES_OF_AREA + 1)]
    models = max(10, rows // 20)
    volumes = models * 5
    capabilities = rows - len(AREAS) - len(lines) - models - volumes
    by_area = {area: [line for line, of in lines if of == area] for area in AREAS}
    pairs = []
    for number in range(capabilities):
        model, turn = number % models, number // models
        area = AREAS[turn % len(AREAS)]
        line = by_area[area][(model * 7 + turn // len(AREAS)) % LINES_OF_AREA]
        pairs.append([line, f"Model {model:05}", round(draw.uniform(8, 60), 2), draw.randint(70, 95), turn // len(AREAS) + 1])
    wanted = [[f"Model {model:05}", year, draw.randint(1, 400)] for model in range(models) for year in range(2027, 2032)]
    return workbook(
        [
            ("Areas", [["Area name", "Order"], *[[area, n] for n, area in enumerate(AREAS, 1)]]),
            ("Lines", [["Line name", "Area", "Available seconds per day"], *[[line, area, 72000] for line, area in lines]]),
            ("Models", [["Model name", "Customer", "Family"], *[[f"Model {n:05}", f"Customer {n % 40}", f"Family {n % 300}"] for n in range(models)]]),
            ("Compatibilities", [["Line name", "Model name", "Cycle time (s)", "Efficiency %", "Priority"], *pairs]),
            ("Volumes", [["Model name", "Year", "Volume"], *wanted]),
        ]
    )
