"""What to cite: the sources of a table, as they ask to be cited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rimland.history import store
from rimland.history.catalogue import Dataset, dataset


@dataclass(frozen=True)
class Citations:
    """The datasets behind a table; prints as one line each."""

    datasets: tuple[Dataset, ...]

    def __str__(self) -> str:
        """Return one line a dataset."""
        return "\n".join(self._line(data) for data in self.datasets)

    __repr__ = __str__

    def to_dicts(self) -> list[dict[str, str]]:
        """Return name, title, version, years, citation and terms of each."""
        return [
            {
                "name": data.name,
                "title": data.title,
                "version": data.version,
                "years": data.years,
                "citation": data.citation,
                "licence": data.licence,
                "copy": store.status(data),
            }
            for data in self.datasets
        ]

    @staticmethod
    def _line(data: Dataset) -> str:
        years = f", {data.years}" if data.years else ""
        version = f", version {data.version}" if data.version else ""
        copy = store.registered(data.name)
        own = ""
        if copy is not None and not copy.as_catalogued:
            own = f" [your own copy, {copy.original}, which is not the catalogued file]"
        return f"{data.citation}. {data.title}{version}{years}.{own}"


def citations(names: Iterable[str]) -> Citations:
    """Return the citations of some datasets, each once, in the order given."""
    return Citations(tuple(dataset(name) for name in dict.fromkeys(names)))
