"""Reads the feed with a client of OData 4 that is not ours (python-odata), as somebody's program would: from the model, with its own words. Prints what it found as JSON."""

import json
import sys

import requests
from odata import ODataService
from odata.metadata import MetaData
from odata.property import FloatProperty

# A type of the standard that this client takes for text.
MetaData.property_types["Edm.Double"] = FloatProperty
root, key = sys.argv[1:]
session = requests.Session()
session.auth = ("anything", key)
# Small pages, so that it has to follow the links between them.
session.headers["Prefer"] = "odata.maxpagesize=50"
service = ODataService(root, session=session, reflect_entities=True, quiet_progress=True)
Load, Line, Period = (service.entities[name] for name in ("line_loads", "lines", "periods"))
loads = list(service.query(Load))
busy = service.query(Load).filter(Load.hours_used > 1000.0).filter(Load.is_constraint == True).order_by(Load.hours_used.desc())  # noqa: E712
lines = list(service.query(Line).order_by(Line.line.asc()).limit(3).offset(1))
one = service.query(Line).get(lines[0].line_id)
named = service.query(Line).filter(Line.line.startswith("SMT")).filter(Line.line.contains("-"))
print(json.dumps({
    "sets": sorted(service.entities),
    "loads": len(loads),
    "hours": sum(load.hours_used for load in loads),
    "counted": service.query(Load).filter(Load.hours_used > 4000.0).count(),
    "sums": service.query(Load).raw({"$apply": "groupby((period),aggregate($count as n))", "$orderby": "period"}),
    "busy": [load.hours_used for load in busy],
    "lines": [line.line for line in lines],
    "one": one.line,
    "named": sorted(line.line for line in named),
    "first_day": str(service.query(Period).order_by(Period.period.asc()).first().starts_on),
}))
