"""YAML with its places: every value knows its line and column, and text stays text.

Plain scalars are not resolved here: `NO` stays "NO" and `1.10` stays "1.10"; the model that reads
a field decides what it is. Only an empty value, `~` and `null` become None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rimland.notation import places as where
from rimland.notation.files import read_text
from rimland.notation.places import Place, PlacedDict, Places
from rimland.notation.problems import Problems
from rimland.notation.yamlwords import explain

MAX_ALIASES = 1_000
MAX_NODES = 1_000_000
MAX_DEPTH = 100


def _loader(base: Any) -> Any:
    """Return a loader that resolves nothing but merge keys: fields decide what their text is."""
    merge = [("tag:yaml.org,2002:merge", re.compile("^<<$"))]
    return type("Loader", (base,), {"yaml_implicit_resolvers": {"<": merge}})


_LOADER: Any = _loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
_NULLS = {"", "~", "null", "Null", "NULL"}
_SCALARS = ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "binary")
_STANDARD = {f"tag:yaml.org,2002:{word}" for word in (*_SCALARS, "map", "seq")}


@dataclass(frozen=True)
class Document:
    """One file as data: dicts, lists, str and None, with the place of each of them."""

    file: Path
    data: Any
    places: Places

    def place(self, path: where.Path, key: bool = False) -> Place:
        """Return where the value (or its key) at `path` stands, or its nearest ancestor."""
        return self.places.find(path, key)

    def called(self, path: where.Path) -> str:
        """Return the path as people name it: `claims.staff-hinge.test` where an entry has an id.

        An entry whose own id is at fault keeps its number.
        """
        steps: list[str | int] = []
        data = self.data
        for i, step in enumerate(path):
            try:
                data = data[step]
            except (KeyError, IndexError, TypeError):
                data = None
            own = data.get("id") if isinstance(step, int) and isinstance(data, dict) else None
            known = isinstance(own, str) and own.strip() and path[i + 1 : i + 2] != ("id",)
            steps.append(str(own) if known else step)
        return where.dotted(tuple(steps))


def read_yaml(path: Path | str, problems: Problems, name: str | None = None) -> Document | None:
    """Read one YAML document; None after reporting what made that impossible.

    `name` is what places call the file (by default its own name without folders). Duplicate keys,
    unknown tags and keys that are not text are reported and reading goes on; the document is then
    still returned, so that later checks find the rest in the same pass.
    """
    path = Path(path)
    label = name or path.name
    text = read_text(path, problems, label)
    if text is None:
        return None
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        problems.add(explain(error, text, label))
        return None
    except RecursionError:
        problems.report(
            Place(label, 1, 1),
            "",
            "is nested too deeply",
            expected=f"at most {MAX_DEPTH} levels",
            code="too-deep",
        )
        return None
    if node is None:
        problems.report(
            Place(label, 1, 1),
            "",
            "is empty",
            expected="fields, one a line, each as 'name: value'",
            code="empty-file",
        )
        return None
    reader = _Reader(label, problems)
    try:
        data = reader.value(node, ())
    except _TooMuch:
        return None
    return Document(path, data, reader.places)


class _TooMuch(Exception):  # noqa: N818 - ends the reading of one file, never leaves this module
    """The file was refused; the reason has been reported."""


class _Reader:
    """Turns nodes into data; counts aliases and nodes, so that no small file grows without end."""

    def __init__(self, label: str, problems: Problems) -> None:
        self.label, self.problems = label, problems
        self.places = Places(Place(label, 1, 1))
        self._open: set[int] = set()
        self._seen: set[int] = set()
        self._aliases = 0
        self._nodes = 0

    def place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        return Place(self.label, mark.line + 1, mark.column + 1)

    def refuse(self, node: yaml.Node, path: where.Path, what: str, expected: str) -> _TooMuch:
        self.problems.report(
            self.place(node), where.dotted(path), what, expected=expected, code="refused"
        )
        return _TooMuch()

    def value(self, node: yaml.Node, path: where.Path) -> Any:
        self._count(node, path)
        self.places.values[path] = self.place(node)
        self._check_tag(node, path)
        if isinstance(node, yaml.ScalarNode):
            if not node.style and node.value in _NULLS:
                return None
            return node.value
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
            assert isinstance(node, yaml.MappingNode)
            return self._mapping(node, path)
        finally:
            self._open.discard(id(node))

    def _count(self, node: yaml.Node, path: where.Path) -> None:
        self._nodes += 1
        if id(node) in self._open:
            raise self.refuse(node, path, "an anchor contains itself", "data that ends")
        if id(node) in self._seen:
            self._aliases += 1
        self._seen.add(id(node))
        if self._aliases > MAX_ALIASES or self._nodes > MAX_NODES:
            what = (
                f"anchors are repeated more than {MAX_ALIASES:,} times once they are written out"
                if self._aliases > MAX_ALIASES
                else f"the file holds more than {MAX_NODES:,} values"
            )
            raise self.refuse(node, path, what, "a file that stays small when it is written out")
        if len(path) > MAX_DEPTH:
            raise self.refuse(node, path[:3], "is nested too deeply", f"at most {MAX_DEPTH} levels")

    def _check_tag(self, node: yaml.Node, path: where.Path) -> None:
        tag = str(node.tag)
        if tag in _STANDARD or (isinstance(node, yaml.ScalarNode) and tag == "!"):
            return
        self.problems.report(
            self.place(node),
            where.dotted(path),
            f"the tag '{tag.replace('tag:yaml.org,2002:', '!!')}' means nothing here",
            expected="a value without a tag",
            code="tag",
        )

    def _mapping(self, node: yaml.MappingNode, path: where.Path) -> PlacedDict:
        out = PlacedDict(self.place(node))
        lines: dict[str, int] = {}
        merges: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge" and not key_node.style:
                merges.append(value_node)
                continue
            key = self._key(key_node, path)
            if key is None:
                continue
            place = self.place(key_node)
            if key in lines:
                self.problems.report(
                    place,
                    where.dotted((*path, key)),
                    f"'{key}' stands twice, in lines {lines[key]} and {place.line}",
                    expected="each name once",
                    code="duplicate-key",
                )
                continue
            lines[key] = place.line
            self._put(out, (*path, key), key, place, value_node)
        for merged in merges:
            self._merge(merged, out, path)
        return out

    def _put(
        self, out: PlacedDict, path: where.Path, key: str, place: Place, node: yaml.Node
    ) -> None:
        self.places.keys[path] = place
        out[key] = self.value(node, path)
        out.places[key] = self.places.values[path]

    def _merge(self, node: yaml.Node, out: PlacedDict, path: where.Path) -> None:
        """Add the fields of a merge key (`<<`) that are not there yet; the first wins."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            self._count(source, path)
            if not isinstance(source, yaml.MappingNode):
                self.problems.report(
                    self.place(source),
                    where.dotted(path),
                    "'<<' takes its fields from something that has none",
                    expected="an anchor on a mapping, such as '<<: *defaults'",
                    code="merge",
                )
                continue
            self._open.add(id(source))
            nested: list[yaml.Node] = []
            for key_node, value_node in source.value:
                if key_node.tag == "tag:yaml.org,2002:merge" and not key_node.style:
                    nested.append(value_node)
                    continue
                key = self._key(key_node, path)
                if key is not None and key not in out:
                    self._put(out, (*path, key), key, self.place(key_node), value_node)
            for inner in nested:
                self._merge(inner, out, path)
            self._open.discard(id(source))

    def _key(self, node: yaml.Node, path: where.Path) -> str | None:
        if isinstance(node, yaml.ScalarNode) and (node.value or node.style):
            return str(node.value)
        what = "a name is missing before the colon"
        if not isinstance(node, yaml.ScalarNode):
            what = "a list or mapping stands where a name belongs"
        self.problems.report(
            self.place(node),
            where.dotted(path),
            what,
            expected="a name, then ': '",
            code="key",
        )
        return None
