"""Mistakes that a person makes in the files of the template, each a small edit."""

from __future__ import annotations

from strait import Edit

JUDGED = "judged: invented for this example"

ONE: dict[str, Edit] = {
    # actors and ties
    "actor-unknown-in-pair": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB, CCD]"),
    "actor-code-lower-case": ("actors.yaml", "  CCC:\n", "  ccc:\n"),
    "actor-code-no": ("actors.yaml", "  CCC:\n", "  NO:\n"),
    "actor-latitude": ("actors.yaml", "latitude: 35", "latitude: 135"),
    "tie-pair-twice": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB, AAA]"),
    "tie-with-itself": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB, BBB]"),
    "tie-pair-of-one": ("ties.yaml", "pair: [BBB, CCC]", "pair: [BBB]"),
    "tie-level-unknown": ("ties.yaml", "pact: defence", "pact: defense"),
    "tie-layer-unknown": ("ties.yaml", "pact: defence", "pacts: defence"),
    "tie-level-yes": ("ties.yaml", "pact: defence", "pact: yes"),
    "tie-without-mark": ("ties.yaml", "    recalled: true\n", ""),
    # politics
    "bloc-unknown-in-power": ("politics.yaml", "in_power: harbour", "in_power: harbor"),
    "election-in-the-past": ("politics.yaml", "[2026-06-01,", "[2022-06-01,"),
    "election-on-no-day": ("politics.yaml", "[2026-06-01,", "[2026-06-31,"),
    "bloc-sets-unknown": (
        "politics.yaml",
        "sets: {ties.AAA-BBB.exercises: regular}",
        "sets: {ties.AAA-BBB.exercise: regular}",
    ),
    "bloc-sets-level-unknown": (
        "politics.yaml",
        "sets: {ties.AAA-BBB.exercises: regular}",
        "sets: {ties.AAA-BBB.exercises: often}",
    ),
    "hurdle-driver-unknown": ("politics.yaml", "of: politics.BBB.bloc", "of: politics.BBB.blok"),
    "hurdle-driver-level-unknown": ("politics.yaml", "at: inland", "at: island"),
    # pledges
    "pledge-due-before-announced": ("pledges.yaml", "due: 2028-01-01", "due: 2023-01-01"),
    "pledge-announced-later": (
        "pledges.yaml",
        "announced: 2024-06-20\n    due",
        "announced: 2025-06-20\n    due",
    ),
    "pledge-hurdle-unknown": ("pledges.yaml", "[beland-parliament]", "[beland-parlament]"),
    "pledge-step-behind": ("pledges.yaml", "stage: resourced", "stage: under_way"),
    "pledge-stage-unknown": ("pledges.yaml", "stage: authorised", "stage: authorized"),
    "pledge-domain-unknown": ("pledges.yaml", "domain: diplomacy", "domain: diplomatic"),
    "pledge-id": ("pledges.yaml", "  shared-plans:\n", "  Shared_Plans:\n"),
    "consequence-pledge-unknown": ("pledges.yaml", "once: [joint-staff,", "once: [joint-staf,"),
    "consequence-level-unknown": (
        "pledges.yaml",
        "command: coordinated}",
        "command: coordinate}",
    ),
    # command, perception, preparation, flashpoints
    "relation-unknown": (
        "command.yaml",
        "relation: ties.AAA-BBB.command",
        "relation: ties.AAA-CCC.command",
    ),
    "planning-unknown": (
        "command.yaml",
        "pledges.shared-plans.operational",
        "pledges.shared-plan.operational",
    ),
    "relation-effect-missing": (
        "command.yaml",
        f"      separate: {{value: 1 to 2 ratio, {JUDGED}, causal: assumed}}\n",
        "",
    ),
    "layer-unknown": ("perception.yaml", "      presence:", "      presense:"),
    "preparation-above-top": ("preparation.yaml", "start: 4", "start: 40"),
    "driver-unknown": (
        "preparation.yaml",
        "of: perception.CCC.encirclement_change",
        "of: perception.CCC.encirclement_changes",
    ),
    "rival-unknown": ("flashpoints.yaml", "rival: CCC", "rival: CCX"),
    # quantities
    "quantity-bare": ("flashpoints.yaml", f"{{value: 60 to 180 days, {JUDGED}}}", "60 to 180 days"),
    "quantity-without-mark": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{value: 60 to 180 days}",
    ),
    "quantity-source-without-mark": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{value: 60 to 180 days, source: yearbook-2023}",
    ),
    "quantity-judged-without-range": (
        "flashpoints.yaml",
        "value: 60 to 180 days",
        "value: 90 days",
    ),
    "quantity-wrong-unit": ("flashpoints.yaml", "value: 60 to 180 days", "value: 60 to 180 km"),
    "quantity-unit-misspelt": (
        "flashpoints.yaml",
        "value: 60 to 180 days",
        "value: 60 to 180 dyas",
    ),
    "quantity-reversed": ("flashpoints.yaml", "value: 60 to 180 days", "value: 180 to 60 days"),
    "quantity-share-above-one": (
        "flashpoints.yaml",
        "value: 0.02 to 0.1 share",
        "value: 0.02 to 1.1 share",
    ),
    "quantity-causal": (
        "flashpoints.yaml",
        f"-2 to 1 log, {JUDGED}, causal: assumed",
        f"-2 to 1 log, {JUDGED}, causal: asumed",
    ),
    "quantity-estimated-fit-unknown": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{estimated: turnover.bloc_chance, of: AAA, prior: 60 to 180 days}",
    ),
    "quantity-estimated-other-unit": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{estimated: turnover.bloc_change, of: AAA, prior: 60 to 180 days}",
    ),
    "quantity-estimated-without-prior": (
        "politics.yaml",
        f"{{value: 0.02 to 0.1 per year, {JUDGED}}}",
        "{estimated: turnover.bloc_change, of: AAB}",
    ),
    "quantity-estimated-prior-source": (
        "politics.yaml",
        f"{{value: 0.02 to 0.1 per year, {JUDGED}}}",
        "{estimated: turnover.bloc_change, of: AAA,"
        " prior: {value: 0.02 to 0.1 per year, source: yearbok-2023, seen: true}}",
    ),
    "quantity-estimated-hindsight": (
        "politics.yaml",
        f"{{value: 0.02 to 0.1 per year, {JUDGED}}}",
        "{estimated: turnover.later, of: AAA, prior: 0.02 to 0.3 per year}",
    ),
    # sources
    "source-unknown-in-tie": ("ties.yaml", "source: yearbook-2023", "source: yearbook-2032"),
    "source-unknown-in-quantity": (
        "flashpoints.yaml",
        f"{{value: 60 to 180 days, {JUDGED}}}",
        "{value: 60 to 180 days, source: yearbok-2023, seen: true}",
    ),
    "source-unknown-in-fact": (
        "facts.yaml",
        "source: joint-statement-2024",
        "source: joint-statment-2024",
    ),
    "source-hindsight": ("sources.yaml", "year: 2024", "year: 2025"),
    "source-hindsight-day": (
        "sources.yaml",
        "year: 2024\n  where: invented for this example\n  published: 2024-06-20",
        "year: 2025\n  where: invented for this example\n  published: 2025-02-11",
    ),
    # variants
    "variant-holds-unknown": (
        "variants.yaml",
        "pledges.dock.stage: lapsed",
        "pledges.docks.stage: lapsed",
    ),
    "variant-pattern-fits-nothing": (
        "variants.yaml",
        'hold: {"pledges.*.stage"',
        'hold: {"pledge.*.stage"',
    ),
    "variant-level-unknown": ("variants.yaml", "presence: none", "presence: nothing"),
    "variant-number-unknown": (
        "variants.yaml",
        "hurdles.beland-parliament.median:",
        "hurdles.beland-parliament.medain:",
    ),
    "variant-number-other-unit": ("variants.yaml", "value: 60 to 90 days", "value: 60 to 90 ratio"),
    "variant-from-before": ("variants.yaml", "from: 2028-01-01", "from: 2018-01-01"),
    "variant-from-after": ("variants.yaml", "from: 2028-01-01", "from: 2048-01-01"),
    "variant-twice": ("variants.yaml", "id: no-dock", "id: no-shared-plans"),
    "variant-called-as-assessed": ("variants.yaml", "id: troops-leave", "id: as-assessed"),
    "variant-with-plus": ("variants.yaml", "id: troops-leave", "id: troops+leave"),
    # scenario.yaml
    "horizon-before-as-of": ("scenario.yaml", "horizon: 2035-01-01", "horizon: 2015-01-01"),
    "structure-number-unknown": (
        "scenario.yaml",
        "flashpoints.strait.dispute.drivers.command.strait.slowness: {value: 0.2",
        "flashpoints.strait.dispute.driver.command.strait.slowness: {value: 0.2",
    ),
    "structure-number-other-unit": (
        "scenario.yaml",
        "value: 0.2 to 0.8 log",
        "value: 0.2 to 0.8 ratio",
    ),
    "structure-twice": ("scenario.yaml", "id: unmoved", "id: spiral-led"),
    "structures-none": ("scenario.yaml", "structures:\n", "structures: []\nstructure:\n"),
    "page-variant-unknown": (
        "scenario.yaml",
        "variants: [no-joint-staff,",
        "variants: [no-joint-staf,",
    ),
    "page-measure-unknown": (
        "scenario.yaml",
        "measure: command.strait.force_in_time",
        "measure: command.strait.force",
    ),
    "page-label-unknown": ("scenario.yaml", "labels: {no-joint-staff+", "labels: {no-joint-staf+"),
    "field-unknown": (
        "scenario.yaml",
        "horizon: 2035-01-01",
        "horizon: 2035-01-01\nauthor: somebody",
    ),
    "field-misspelt": ("scenario.yaml", "horizon:", "horizont:"),
    "date-in-other-form": ("scenario.yaml", "as_of: 2025-01-01", "as_of: 1.1.2025"),
    # claims
    "claim-kind-unknown": ("claims.yaml", "kind: hinge", "kind: hinges"),
    "claim-kind-not-testable": ("claims.yaml", "kind: hinge", "kind: untestable"),
    "claim-twice": ("claims.yaml", "id: staff-hinge", "id: staff-speeds-answer"),
    "claim-in-no-section": (
        "claims.yaml",
        "beland-changes-more, celand-divided]",
        "beland-changes-more]",
    ),
    "claim-in-two-sections": (
        "claims.yaml",
        "[beland-changes-more,",
        "[staff-hinge, beland-changes-more,",
    ),
    "claim-unknown-in-section": ("claims.yaml", "[beland-changes-more,", "[beland-change-more,"),
    "claim-measure-unknown": (
        "claims.yaml",
        "measure: command.strait.response_hours",
        "measure: command.strait.response_days",
    ),
    "claim-order-measure-unknown": (
        "claims.yaml",
        "first: politics.BBB.bloc_changes",
        "first: politics.BBB.changes",
    ),
    "claim-variant-unknown": ("claims.yaml", "none: no-pledges", "none: no-pledge"),
    "claim-alternative-unknown": ("claims.yaml", "the dock: no-dock", "the dock: no-docks"),
    "claim-without-smallest": (
        "claims.yaml",
        "      smallest: {size: 0.1, unit: share of the gain, "
        "because: a lead smaller than a tenth is no hinge}\n",
        "",
    ),
    "claim-smallest-without-reason": (
        "claims.yaml",
        ", because: a lead smaller than a tenth is no hinge}",
        "}",
    ),
    "claim-without-rival": (
        "claims.yaml",
        "      rival: shared plans alone would save the time\n",
        "",
    ),
    "claim-treatment-same": ("claims.yaml", "without: no-joint-staff}", "without: as-assessed}"),
    "claim-order-without-second": ("claims.yaml", "      second: politics.AAA.bloc_changes\n", ""),
    "claim-forecast-no-probability": (
        "claims.yaml",
        "measure: pledges.joint-staff.operational",
        "measure: pledges.operational_share",
    ),
    "claim-forecast-wording": ("claims.yaml", "wording: probably", "wording: perhaps"),
    "claim-horizon-before-as-of": (
        "claims.yaml",
        "      horizon: 2035-01-01",
        "      horizon: 2015-01-01",
    ),
    "claim-by-after-horizon": ("claims.yaml", "by: 2028-01-01", "by: 2038-01-01"),
    "claim-record-unknown": ("claims.yaml", "record: strait-talks", "record: straight-talks"),
    "claim-record-field-unknown": ("claims.yaml", "field: duration_days", "field: days"),
    "claim-expects-nothing": (
        "claims.yaml",
        "{field: duration_days, at_least: 90}",
        "{field: duration_days}",
    ),
    "claim-between-one-value": (
        "claims.yaml",
        "between: [2024-06-01, 2024-06-30]",
        "between: [2024-06-01]",
    ),
    "claim-compares-date-with-number": (
        "claims.yaml",
        "{field: signed, between: [2024-06-01, 2024-06-30]}",
        "{field: signed, at_least: 90}",
    ),
    "claim-share-in-words": ("claims.yaml", "size: 0.3", "size: a third"),
    "record-without-mark": ("facts.yaml", "  source: joint-statement-2024\n  seen: true\n", ""),
    # files
    "yaml-malformed": ("pledges.yaml", "by: [AAA, BBB]", "by: [AAA, BBB"),
    "yaml-duplicate-key": ("pledges.yaml", "  dock:\n", "  joint-staff:\n"),
    "yaml-tab": ("pledges.yaml", "    stage: resourced", "\tstage: resourced"),
    "yaml-indent": ("politics.yaml", "    kind: legislature", "   kind: legislature"),
    "yaml-colon-in-text": (
        "variants.yaml",
        "says: the dock is never built",
        "says: the dock: never built",
    ),
    "yaml-text-for-mapping": (
        "pledges.yaml",
        "consequences:\n  - id: staffs-side-by-side\n",
        "consequences: none\nmore:\n  - id: staffs-side-by-side\n",
    ),
}

SEVERAL: list[Edit] = [
    ("scenario.yaml", "measure: command.strait.force_in_time", "measure: command.strait.force"),
    ("actors.yaml", "longitude: 110", "longitude: 1100"),
    ("ties.yaml", "pact: defence", "pact: defense"),
    ("politics.yaml", "at: inland", "at: island"),
    ("pledges.yaml", "due: 2028-01-01", "due: 2023-01-01"),
    ("pledges.yaml", "once: [joint-staff,", "once: [joint-staf,"),
    ("command.yaml", "value: 7 to 20 days", "value: 20 to 7 days"),
    ("flashpoints.yaml", "rival: CCC", "rivals: CCC"),
    ("variants.yaml", "presence: none", "presence: nothing"),
    ("facts.yaml", "source: joint-statement-2024", "source: joint-statment-2024"),
    ("sources.yaml", "  title: Yearbook of invented states\n", ""),
    ("claims.yaml", "by: 2028-01-01", "by: 2038-01-01"),
    ("claims.yaml", "none: no-pledges", "none: no-pledge"),
]
