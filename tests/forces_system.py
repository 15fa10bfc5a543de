"""Forces lowered by themselves beside a few actors and a flashpoint, for the tests of the word."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rimland.notation.csvfile import read_csv
from rimland.notation.problems import Problems
from rimland.notation.yamlfile import Document
from rimland.vocab.routes import TABLES
from vocab_system import FILES, HORIZON, System, lowered

PORTS = """id,name,latitude,longitude,kind,source,because
east,Eastport,0,0,seen,atlas,
west,Westport,0,20,seen,atlas,
mid,Midway Rock,0,10,seen,atlas,
south,Southport,-10,10,seen,atlas,
cove,Cove,0,1,seen,atlas,
"""
LEGS = """from,to,nautical_miles,passage,kind,source,because
east,mid,600,,seen,atlas,
mid,west,600,narrows,seen,atlas,
east,south,900,,recalled,atlas,
south,west,1000,gate,computed,,measured on a chart
east,cove,60,,seen,atlas,
south,mid,700,,seen,atlas,
cove,west,3000,,seen,atlas,
"""
FORCES = """
passages:
  narrows: {name: the Narrows, shut_by: [{of: flashpoints.strait.state, from: crisis}]}
  gate: {says: southern way}
yards:
  home: {name: the home yard, at: east, docks: 2, source: atlas, seen: true,
         cost: {value: 3 million USD, source: atlas, seen: true},
         changes: [{of: pledges.joint-planning.operational, docks: 1, says: promised}]}
  far: {at: west, docks: 1, source: atlas, seen: true}
classes:
  frigates:
    of: AAA
    at: east
    count: 6
    in_yard: {home: 1}
    day_run: {value: 240 nautical miles, source: atlas, seen: true}
    ready: {value: 0.5 share, source: atlas, seen: true}
    notice: {value: 2 days, source: atlas, seen: true}
    cycle:
      interval: {median: {value: 400 days, computed: c}, spread: {value: 1.5 ratio, computed: c}}
      yards:
        home:
          takes: {median: {value: 100 days, computed: c}, spread: {value: 2 ratio, computed: c}}
          eased_by: [{of: pledges.joint-staff.operational, ratio: {value: 0.8 ratio, computed: c}}]
        far:
          takes: {exactly: {value: 90 days, computed: c}}
          only: {of: pledges.joint-staff.operational}
          share: {value: 0.5 ratio, computed: c}
      avoids: {value: -1 log, computed: c}
      damage:
        during: {of: flashpoints.strait.state, at: war}
        rate: {value: 1 per year, computed: c}
        takes: {value: 3 ratio, computed: c}
    falls_back: {to: south, during: {of: ties.AAA-BBB.presence, below: permanent}}
    source: atlas
    seen: true
  reserves:
    of: BBB
    at: cove
    count: 10
    out: 2
    day_run: {value: 240 nautical miles, source: atlas, seen: true}
    cycle:
      interval: {mean: {value: 800 days, computed: c}}
      takes: {mean: {value: 200 days, computed: c}}
    judged: invented
commitments:
  elsewhere:
    begins: {value: 1 per year, computed: c}
    lasts: {value: 100 days, computed: c}
    takes: {frigates: {value: 0.4 share, computed: c}}
  own-crisis:
    during: {of: flashpoints.strait.state, from: crisis}
    takes: {reserves: {value: 0.5 share, computed: c}}
    spares: [the-west]
places:
  the-west: {at: west, within: {value: 10 days, computed: c},
             spread: {value: 1.4 ratio, computed: c}}
  the-rock: {at: mid, within: {value: 5 days, computed: c}, classes: [frigates]}
lanes:
  grain:
    from: east
    to: west
    day_run: {value: 300 nautical miles, source: atlas, seen: true}
    share: {value: 0.4 share, source: atlas, seen: true}
    of: the grain of AAA
    day_cost: {value: 40000 USD, source: atlas, seen: true}
munitions:
  shells:
    of: AAA
    stock: 400
    lot: 20
    room: 2000
    lines:
      first: {makes: {value: 120 per year, computed: c}, cost: {value: 2 million USD, computed: c}}
      second: {makes: {value: 60 per year, computed: c},
               once: {of: pledges.joint-staff.operational},
               lead: {exactly: {value: 365 days, computed: c}}}
    uses: [{of: flashpoints.strait.state, at: war, rate: {value: 10 per day, computed: c}}]
    source: atlas
    seen: true
"""


def forces_system(
    folder: Path,
    forces: str | None = FORCES,
    ports: str | None = PORTS,
    legs: str | None = LEGS,
    horizon: date = HORIZON,
    **changed: str | None,
) -> System:
    """Lower the invented system with forces; every text can be replaced or left out."""
    problems = Problems()
    documents: dict[str, Document] = {}
    texts = {**FILES, "forces.yaml": forces}
    texts |= {f"{word}.yaml": text for word, text in changed.items()}
    for table, text in (("ports.csv", ports), ("legs.csv", legs)):
        if text is not None:
            (folder / table).write_text(text, encoding="utf-8")
            document = read_csv(folder / table, problems, columns=TABLES[table])
            if document is not None:
                documents[table] = document
    return lowered(folder, texts, problems, documents, horizon)
